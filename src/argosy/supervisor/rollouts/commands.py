"""What people decide about rollouts: pause, resume, promote, abort, and back to a kept revision."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from argosy.errors import UsageError
from argosy.supervisor.declare import Declared
from argosy.supervisor.rollouts.stored import StoredRollout
from argosy.supervisor.store import Store, StoredModel

ABORTED = "it was aborted"


class RolloutCommands:
    """Writes what was decided; the supervisor's loop acts on it. Raises `UsageError`.

    ``on_end`` is told of every rollout that has ended.
    """

    def __init__(
        self, store: Store, on_end: Callable[[StoredRollout], None] = lambda _: None
    ) -> None:
        self._store = store
        self._on_end = on_end

    def pause(self, model: str) -> None:
        """Its share of the traffic stays as it is."""
        rollout = self._current(model)
        if rollout.down_since is not None:
            raise UsageError(
                f"{model} r{rollout.before} has stopped for r{rollout.revision}, and nobody answers"
                " while that is so",
                next_step=f"`argosy rollout abort {model}` starts r{rollout.before} again.",
            )
        self._put(replace(rollout, paused=True, reason="it was paused"))

    def resume(self, model: str) -> None:
        """Go on from where it was paused."""
        rollout = self._current(model)
        if rollout.verdict == "inconclusive":
            raise UsageError(
                f"the gate could not decide about {model} r{rollout.revision}: {rollout.reason}",
                next_step=f"`argosy rollout promote {model}`, or `argosy rollout abort {model}`.",
            )
        if rollout.shadow is not None and rollout.shadow.verdict == "inconclusive":
            raise UsageError(
                f"shadow traffic does not decide about {model} r{rollout.revision}:"
                f" {rollout.shadow.reason}",
                next_step=f"`argosy rollout promote {model}`, or `argosy rollout abort {model}`.",
            )
        if not rollout.paused:
            raise UsageError(f"the rollout of {model} is not paused")
        self._put(replace(rollout, paused=False, reason="", resumed_at=time.time()))

    def promote(self, model: str) -> None:
        """All of the traffic as soon as it is ready, whatever gate and guards say."""
        rollout = self._current(model)
        self._put(replace(rollout, paused=False, forced=True, fault="", reason="promoted by hand"))

    def abort(self, model: str) -> None:
        """Back to the revision that serves."""
        rollout = self._current(model)
        self._put(replace(rollout, paused=False, forced=False, fault=ABORTED))

    def back(self, model: str, number: int | None) -> int:
        """Have a kept revision serve again, without proof: it has served before. Returns which.

        Without ``number`` it is the one that served before the present one.
        """
        entry, chosen = self._entry(model), self.earlier(model, number)
        if chosen == entry.serving:
            self.abort(model)
            return chosen
        stored = self._store.revision(model, chosen)
        if stored.state == "failed":
            self._store.add_revision(stored.revision, stored.cause)
        self._store.set_target(model, chosen, entry.replicas)
        self.trust(model, chosen, "gone back to by hand, without a gate")
        return chosen

    def earlier(self, model: str, number: int | None) -> int:
        """Which revision `back` goes back to. Where it serves, a rollout is under way."""
        entry = self._entry(model)
        known = [one.revision.number for one in self._store.revisions(model)]
        chosen = self._earlier(entry) if number is None else number
        if chosen not in known:
            numbers = ", ".join(f"r{one}" for one in known)
            raise UsageError(f"{model} has no r{chosen}", next_step=f"It has {numbers}.")
        if chosen == entry.serving and self._store.rollout(model) is None:
            raise UsageError(f"{model} r{chosen} serves already")
        return chosen

    def trust(self, model: str, number: int, reason: str) -> None:
        """This revision takes over without proof, whatever was under way."""
        if under_way := self._store.rollout(model):
            self._put(under_way.ended("aborted", f"r{number} was asked for"))
        before = self._entry(model).serving or 0
        begun = StoredRollout(model, number, before, time.time(), forced=True)
        self._put(replace(begun, reason=reason))

    def check(self, declared: Sequence[Declared]) -> None:
        """Refuses what would change a model while a revision of it is rolled out."""
        for one in declared:
            name, number = one.revision.model.name, one.revision.number
            rollout = self._store.rollout(name)
            if rollout is not None and number not in {rollout.revision, rollout.before}:
                step = f"`argosy rollout promote {name}`" if rollout.paused else "Wait for it"
                raise UsageError(
                    f"{name} r{rollout.revision} is being rolled out"
                    f"{' and has paused' if rollout.paused else ''}, and its files have changed"
                    " since",
                    next_step=f"{step}, or `argosy rollout abort {name}` first"
                    f" (`argosy rollout status {name}`).",
                )

    def accept(self, declared: Sequence[Declared]) -> None:
        """Files that are again as what serves end the rollout."""
        for one in declared:
            rollout = self._store.rollout(one.revision.model.name)
            if rollout is not None and one.revision.number == rollout.before:
                self._put(rollout.ended("aborted", "its files are again as they were"))

    def history(self, model: str) -> list[StoredRollout]:
        """All that is known, newest first."""
        self._entry(model)
        return self._store.rollouts(model)

    def _current(self, model: str) -> StoredRollout:
        """The one under way; it may be that its revision has not become ready yet."""
        entry = self._entry(model)
        known = self._store.rollout(model)
        if known is not None and known.revision == entry.target:
            return known
        target = self._store.revision(model, entry.target)
        if entry.serving is None or entry.serving == entry.target or target.state == "failed":
            raise UsageError(
                f"no revision of {model} is being rolled out",
                next_step=f"`argosy rollout status {model}` shows the last ones.",
            )
        return StoredRollout(model, entry.target, entry.serving, time.time())

    def _earlier(self, entry: StoredModel) -> int:
        ended = self._store.rollouts(entry.name)
        for one in ended:
            if one.outcome == "promoted" and one.revision == entry.serving and one.before:
                return one.before
        known = [one.revision.number for one in self._store.revisions(entry.name)]
        before = [one for one in known if entry.serving and one < entry.serving]
        if not before:
            raise UsageError(f"{entry.name} has no earlier revision")
        return before[-1]

    def _entry(self, model: str) -> StoredModel:
        for entry in self._store.models():
            if entry.name == model:
                return entry
        names = ", ".join(one.name for one in self._store.models())
        raise UsageError(
            f"no model is named {model!r}",
            next_step=f"The models are: {names}." if names else "Run `argosy up` first.",
        )

    def _put(self, rollout: StoredRollout) -> None:
        stored = self._store.put_rollout(rollout)
        if stored.outcome:
            self._on_end(stored)
