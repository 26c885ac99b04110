"""Kept revisions that somebody asks: one replica of each runs as long as they do.

Nothing of this is stored. With the supervisor it is forgotten, and whoever comes after finds a
replica of a revision that is not to run, and ends it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

from argosy.errors import ArgosyError, UsageError
from argosy.platforms.platform import Platform
from argosy.stack.revision import Revision
from argosy.supervisor import preflight
from argosy.supervisor.status import Hosted
from argosy.supervisor.store import Store, StoredModel

Key = tuple[str, int]
"""A model and the number of a revision."""


@dataclass
class _Guest:
    """``askers`` counts who wants it."""

    revision: Revision
    askers: int = 0
    activity: str = ""
    is_prepared: bool = False
    fault: str = ""
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class Guests:
    """Who is asked beside what serves. Nothing starts here: `reconcile` plans with `wanted`."""

    def __init__(self, store: Store, platform: Platform, on_change: Callable[[], None]) -> None:
        self._store = store
        self._platform = platform
        self._on_change = on_change
        self._guests: dict[Key, _Guest] = {}

    def wanted(self) -> Mapping[str, tuple[Revision, ...]]:
        """Those that are prepared, by model."""
        found: dict[str, tuple[Revision, ...]] = {}
        for (model, _), guest in sorted(self._guests.items()):
            if guest.is_prepared and not guest.fault:
                found[model] = (*found.get(model, ()), guest.revision)
        return found

    async def host(
        self, model: str, number: int, changes: AsyncGenerator[None]
    ) -> AsyncGenerator[Hosted]:
        """Have a replica of a revision until this is closed; tells how far it is, on any change.

        Ends after it has failed, or with ``changes``. Raises `ArgosyError` before anything is
        told where the revision cannot be a guest now.
        """
        key = (model, number)
        revision = self._admit(model, number)
        guest = self._guests.setdefault(key, _Guest(revision))
        guest.askers += 1
        if guest.task is None:
            guest.task = asyncio.create_task(self._prepare(guest))
        try:
            last = None
            async with aclosing(changes):
                async for _ in changes:
                    now = self._seen(guest)
                    if now != last:
                        last = now
                        yield now
                    if now.state == "failed":
                        return
        finally:
            guest.askers -= 1
            if not guest.askers:
                guest.task.cancel()
                del self._guests[key]
                self._on_change()

    async def stop(self) -> None:
        """Prepare nothing any more."""
        tasks = [guest.task for guest in self._guests.values() if guest.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _admit(self, model: str, number: int) -> Revision:
        entry = self._entry(model)
        known = {one.revision.number: one for one in self._store.revisions(model)}
        if number not in known:
            numbers = ", ".join(f"r{one}" for one in known)
            raise UsageError(f"{model} has no r{number}", next_step=f"It has {numbers}.")
        target = known[entry.target]
        is_next = entry.target != entry.serving and target.state != "failed"
        runs = {entry.serving} | ({entry.target} if target.state != "failed" else set())
        if number in runs:
            raise ArgosyError(
                f"no replica of r{number} is ready", where=model, next_step="See `argosy ps`."
            )
        if is_next or self._store.rollout(model):
            both = " or ".join(f"r{one}" for one in (entry.serving, entry.target) if one)
            raise ArgosyError(
                f"r{entry.target} takes over now, and no third revision is started meanwhile",
                where=model,
                next_step=f"Ask {both}, or wait for it: `argosy rollout status {model}`.",
            )
        revision = known[number].revision
        if (model, number) not in self._guests:
            preflight.check_guest(revision, self._platform.stack)
        return revision

    def _entry(self, model: str) -> StoredModel:
        """Raises `ArgosyError` for a model that is no part of a stack that is up."""
        declared = self._store.declared()
        names = {one.name: one for one in self._store.models()}
        if declared is None or not declared[1]:
            raise ArgosyError("this stack is down", next_step="Run `argosy up` first.")
        if model not in names or model not in {one.name for one in declared[0].models}:
            known = ", ".join(names)
            raise UsageError(f"no model is named {model!r}", next_step=f"The models are: {known}.")
        return names[model]

    async def _prepare(self, guest: _Guest) -> None:
        """Its environment or image may have gone since it served."""

        def say(text: str) -> None:
            guest.activity = text
            self._on_change()

        try:
            await self._platform.prepare(guest.revision, say)
        except (ArgosyError, OSError) as error:
            guest.fault = str(error)
        guest.is_prepared = True
        self._on_change()

    def _seen(self, guest: _Guest) -> Hosted:
        if guest.fault:
            return Hosted("failed", guest.fault)
        if not guest.is_prepared:
            return Hosted("preparing", guest.activity)
        name, number = guest.revision.model.name, guest.revision.number
        if name not in {one.name for one in self._store.models()}:
            return Hosted("failed", f"{name} is no longer a part of the stack")
        for one in self._platform.observe():
            if (one.model, one.revision) == (name, number) and one.stays:
                if one.failures and one.state != "ready":
                    return Hosted("failed", one.reason, one)
                return Hosted(one.state, "", one)
        return Hosted("starting")
