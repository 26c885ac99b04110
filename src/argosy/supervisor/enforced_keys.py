"""The keys of a stack that runs: a change of them is one only once the gateway has taken it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from argosy.errors import ArgosyError
from argosy.gateway.routing import Routing
from argosy.keys.key import IssuedKey, Key, WantedKey
from argosy.supervisor.keyring import Keyring
from argosy.supervisor.store import Store

TAKEN_SECONDS = 10.0


class EnforcedKeys:
    """A keyring whose changes reach the gateway: ``on_change`` has it told.

    ``published`` is what the gateway last acknowledged, None while it does not run, and ``looks``
    when to look at that again.
    """

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        published: Callable[[], Routing | None],
        looks: Callable[[], AsyncGenerator[None]],
        on_change: Callable[[], None],
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._published = published
        self._looks = looks
        self._on_change = on_change

    async def create(
        self, wanted: WantedKey, stack: str, seconds: float = TAKEN_SECONDS
    ) -> IssuedKey:
        """A new key for a caller; ``stack`` is the stack's name if none is declared yet.

        One with a rate of its own is given away once the gateway counts by it. Raises
        `ArgosyError` when it does not in time; there is no such key then.
        """
        declared = self._store.declared()
        issued = self._keyring.create(wanted, declared[0].name if declared else stack)
        self._on_change()
        if wanted.rate and not await self._is_taken(issued.key, seconds):
            self._keyring.revoke(issued.key.id)
            self._on_change()
            raise ArgosyError(
                f"no key was made: the gateway has not taken its rate within {seconds:.0f} s",
                where=wanted.name,
                next_step="See `argosy ps`, and try again.",
            )
        return issued

    async def revoke(self, name_or_id: str, seconds: float = TAKEN_SECONDS) -> Key:
        """Returns once the gateway refuses it. Raises `ArgosyError` when it does not in time."""
        key = self._keyring.revoke(name_or_id)
        self._on_change()
        if not await self._is_taken(key, seconds):
            raise ArgosyError(
                f"revoked, but the gateway has not taken that within {seconds:.0f} s",
                where=name_or_id,
                next_step="It is told again and again; see `argosy ps`.",
            )
        return key

    async def _is_taken(self, key: Key, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._taken(key), seconds)
        except TimeoutError:
            return False
        return True

    async def _taken(self, key: Key) -> None:
        """Return once the gateway has the key as it is now, or need not have it."""
        async with aclosing(self._looks()) as changes:
            async for _ in changes:
                published = self._published()
                if published is None or key in published.keys:
                    return
                if key not in self._keyring.concerning():  # it ended long ago
                    return
