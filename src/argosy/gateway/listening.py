"""Whether Envoy listens on addresses, which it begins and ends a moment after it was told."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Mapping

from argosy.errors import GatewayError
from argosy.gateway.routing import host_and_port

LONGEST_WAIT = 20.0  # seconds
POLL = 0.01


def cross(held: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether a listener wants a port that one of ours has at another address, or another has.

    Both are addresses (``host:port``) by the names of listeners.
    """
    ports_held = {host_and_port(address)[1]: (name, address) for name, address in held.items()}
    return any(
        ports_held.get(host_and_port(address)[1], (name, address)) != (name, address)
        for name, address in wanted.items()
    )


async def until_answering(
    addresses: Iterable[str], *, wanted: bool, longest: float = LONGEST_WAIT
) -> None:
    """Return once all can be connected to, or none where that is not ``wanted``.

    Raises `GatewayError` when that takes longer than so many seconds.
    """
    deadline = time.monotonic() + longest
    for address in addresses:
        while await _answers(address) != wanted:
            if time.monotonic() > deadline:
                raise GatewayError(f"Envoy does not {'open' if wanted else 'close'} {address}")
            await asyncio.sleep(POLL)


async def _answers(listen: str) -> bool:
    host, port = host_and_port(listen)
    try:
        _, writer = await asyncio.open_connection(host, port)  # "every address" means this machine
    except OSError:
        return False
    # A port that nobody listens on can be connected with itself, when it is drawn as one's own.
    itself = writer.get_extra_info("sockname") == writer.get_extra_info("peername")
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return not itself
