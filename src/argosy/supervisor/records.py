"""What `apply` writes: the store, and preparations that run in the background."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

from argosy.errors import ArgosyError
from argosy.gateway.recordings import Recordings
from argosy.platforms.platform import Platform
from argosy.stack.revision import Revision
from argosy.supervisor.probing.embedding import embedder
from argosy.supervisor.probing.guests import Guests
from argosy.supervisor.probing.schedule import Probes
from argosy.supervisor.rollouts.asking_first import AskingFirst
from argosy.supervisor.rollouts.proving import Proving
from argosy.supervisor.rollouts.shadowing import Shadowing
from argosy.supervisor.rollouts.stored import Outcome, StoredRollout
from argosy.supervisor.store import Store, StoredRevision


class Records:
    """Keeps what became of revisions. ``activities``: what is being done for each model now.

    ``on_end`` is told of every rollout that has ended.
    """

    def __init__(
        self,
        store: Store,
        platform: Platform,
        state: Path,
        on_change: Callable[[], None],
        recordings: Recordings,
        on_end: Callable[[StoredRollout], None] = lambda _: None,
    ) -> None:
        self.activities: dict[str, str] = {}
        self._store = store
        self._platform = platform
        self._on_change = on_change
        self._on_end = on_end
        self.asking_first = AskingFirst(store, platform, state, self.say)
        embedding = partial(embedder, platform, store.serving)
        self.probes = Probes(platform, state, on_change, embedding)
        self.proving = Proving(
            store, platform, state, on_change, seen=self.probes.seen, embedder=embedding
        )
        self.shadowing = Shadowing(store, recordings, state, on_change, embedder=embedding)
        self.guests = Guests(store, platform, on_change)
        self._preparing: dict[str, asyncio.Task[None]] = {}

    def state(
        self, stored: StoredRevision
    ) -> Literal["declared", "preparing", "prepared", "failed"]:
        """The state of a revision, preparations under way included."""
        return "preparing" if stored.revision.name in self._preparing else stored.state

    def say(self, model: str, activity: str) -> None:
        """Show what is being done for a model; empty when it is done."""
        if activity:
            self.activities[model] = activity
        else:
            self.activities.pop(model, None)
        self._on_change()

    def start_preparing(self, revision: Revision) -> None:
        """Prepare a revision in the background, once."""
        if revision.name not in self._preparing:
            self._preparing[revision.name] = asyncio.create_task(self._prepare(revision))

    def start_asking(self, revision: Revision) -> None:
        """Ask a first revision in the background, once."""
        self.asking_first.start(revision)

    def start_asking_before(self, revision: Revision, before: Revision) -> None:
        """Ask the one that serves in the background, once, before it stops."""
        self.proving.start_asking(self._rollout(revision, before.number), before)

    def stand_down(self, revision: Revision, before: Revision) -> None:
        """From now on nobody answers, until the revision does."""
        rollout = self._rollout(revision, before.number)
        if rollout.down_since is None:
            self._store.put_rollout(replace(rollout, down_since=time.time()))

    def start_proving(self, revision: Revision, before: Revision) -> None:
        """Ask both in the background, once; the rollout begins with it."""
        rollout = self._rollout(revision, before.number)
        self.proving.start(rollout, revision, before)

    def start_shadowing(self, revision: Revision, before: Revision) -> None:
        """Compare answers to copied requests in the background, once."""
        self.shadowing.start(self._rollout(revision, before.number))

    def shift(self, revision: Revision, before: Revision, weight: float) -> None:
        """A revision that does not serve yet gets this share of the traffic, in percent."""
        rollout = self._rollout(revision, before.number)
        self.shadowing.leave(rollout.model)
        self._store.put_rollout(rollout.shifted(weight))

    def pause(self, model: str, reason: str) -> None:
        """The shares of the traffic stay until somebody decides."""
        if known := self._store.rollout(model):
            self._store.put_rollout(replace(known, paused=True, reason=reason))

    def serve(self, revision: Revision) -> None:
        """The model's traffic goes to this revision."""
        self._store.set_serving(revision.model.name, revision.number)
        self._end_rollout(revision, "promoted")

    def give_up(self, revision: Revision, reason: str) -> None:
        """The revision is failed."""
        self._store.set_state(revision, "failed", reason)
        self._end_rollout(revision, "rolled back", reason)

    def forget(self, model: str) -> None:
        """The model is no longer part of the stack."""
        self._store.forget(model)

    async def stop(self) -> None:
        """Leave off; what is half made or half proven is begun anew next time."""
        await self.asking_first.stop()
        await self.proving.stop()
        await self.shadowing.stop()
        await self.probes.stop()
        await self.guests.stop()
        for task in self._preparing.values():
            task.cancel()
        await asyncio.gather(*self._preparing.values(), return_exceptions=True)

    def _rollout(self, revision: Revision, before: int) -> StoredRollout:
        """The one that is under way, or a new one."""
        known = self._store.rollout(revision.model.name)
        if known is not None and known.revision == revision.number:
            return known
        seed = secrets.randbelow(1 << 31)
        begun = StoredRollout(revision.model.name, revision.number, before, time.time(), seed=seed)
        return self._store.put_rollout(begun)

    def _end_rollout(self, revision: Revision, outcome: Outcome, reason: str = "") -> None:
        known = self._store.rollout(revision.model.name)
        if known is not None and known.revision == revision.number:
            self.proving.leave(revision.model.name)
            self.shadowing.leave(revision.model.name)
            self._on_end(self._store.put_rollout(known.ended(outcome, reason)))

    async def _prepare(self, revision: Revision) -> None:
        name, began = revision.model.name, time.monotonic()
        try:
            await self._platform.prepare(revision, lambda text: self.say(name, text))
        except ArgosyError as error:
            self._store.set_state(revision, "failed", str(error))
        else:
            if self._store.revision(name, revision.number).state == "declared":  # not given up
                self._store.set_state(revision, "prepared")
            self._store.set_environment_seconds(revision, time.monotonic() - began)
        finally:
            del self._preparing[revision.name]
            self.say(name, "")
