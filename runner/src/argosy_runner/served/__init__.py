"""Engines that are servers of their own: started, proven, watched and measured beside callers.

Callers are answered by the engine itself; the runner answers for its health.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argosy_runner.log import Log
    from argosy_runner.settings import Settings


def run(settings: Settings, log: Log, born: float) -> int:
    """Serve until told to stop; the exit code."""
    import uvloop  # noqa: PLC0415  engines import this package for its words alone

    return uvloop.run(_serve(settings, log, born))


async def _serve(settings: Settings, log: Log, born: float) -> int:
    from argosy_runner import serve  # noqa: PLC0415  as above
    from argosy_runner.served.app import ServedApp  # noqa: PLC0415
    from argosy_runner.served.replica import ServedReplica  # noqa: PLC0415

    orders = serve.Orders()
    replica = ServedReplica(settings, log, born)
    replica.begin()
    return await serve.until_gone(replica, ServedApp(replica), orders, log)
