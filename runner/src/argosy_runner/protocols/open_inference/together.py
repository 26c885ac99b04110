"""Calls that come together go together.

gRPC hands its server one call a turn of the event loop, however many have come. A frame for each
would cost the runner more than the call itself, so calls beside others wait until none has come for
some turns: a tenth of a millisecond, and nothing for a call that is alone.
"""

from __future__ import annotations

import asyncio

QUIET_TURNS = 25
LONGEST = 0.002
"""Seconds that a call waits where others never cease to come."""
MOST = 64


class Together:
    """One for all calls of a server. Must be made on the event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[asyncio.Future[None]] = []
        self._quiet = 0
        self._until = 0.0

    def wait(self) -> asyncio.Future[None]:
        """Done once no more calls come."""
        found = self._loop.create_future()
        if not self._waiting:
            self._until = self._loop.time() + LONGEST
            self._loop.call_soon(self._turn)
        self._waiting.append(found)
        self._quiet = 0
        return found

    def _turn(self) -> None:
        self._quiet += 1
        more = self._quiet < QUIET_TURNS and len(self._waiting) < MOST
        if more and self._loop.time() < self._until:
            self._loop.call_soon(self._turn)
            return
        waiting, self._waiting = self._waiting, []
        for found in waiting:
            if not found.done():
                found.set_result(None)
