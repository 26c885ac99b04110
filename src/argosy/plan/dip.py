"""Whether a next revision fits beside the one that serves; where not, it is a dip. No I/O here.

In a dip the next revision starts only after the one before has stopped, and for a while nobody
answers. What a machine has comes in as data, so that the same decision can be shown and taken.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from argosy.platforms import gpus, memory
from argosy.stack.model import Model
from argosy.stack.revision import Revision

ROUNDING = 1e-6  # of shares of a GPU
RECREATE = "rollout.strategy is recreate"


@dataclass(frozen=True)
class Dip:
    """Why one starts only after the other has stopped, and how long nobody answers then.

    The one that serves drains for ``drain`` seconds; the next one needs ``start``, the median of so
    many ``measured`` cold starts of the model, or where there are none the longest it may take.
    ``asking`` is how long its questions took last time, None where nobody has measured that.
    It ``needs_leave`` unless the stack file asks for it, or nobody answers now either.
    """

    why: str
    drain: float
    start: float
    measured: int = 0
    asking: float | None = 0.0
    needs_leave: bool = True

    @property
    def seconds(self) -> float:
        """How long nobody is expected to answer, as far as that is known."""
        return self.drain + self.start + (self.asking or 0.0)

    def __str__(self) -> str:
        how = f"the median of {self.measured}" if self.measured else "its budget, none is measured"
        parts = [f"drain {self.drain:.3g} s", f"cold start {self.start:.3g} s: {how}"]
        more = ""
        if self.asking is None:
            more = " and as long as its questions take, which was not measured yet"
        elif self.asking:
            parts.append(f"questions {self.asking:.3g} s, as the last time")
        told = f"expected {self.seconds:.3g} s without an answer ({', '.join(parts)}){more}"
        return f"{told}; {self.why}"


@dataclass(frozen=True)
class Room:
    """What a machine can still hold.

    ``memory`` is in bytes, None where nobody says. ``gpus`` has what is taken of the memory of
    each GPU, as far as it is known: shares from 0 to 1, by device.
    """

    memory: int | None = None
    gpus: Mapping[str, float] = field(default_factory=dict)

    def less(self, needed: int, shares: Mapping[str, float]) -> Room:
        """With this taken, or with negative numbers given back."""
        left = None if self.memory is None else self.memory - needed
        devices = {*self.gpus, *shares}
        taken = {one: self.gpus.get(one, 0.0) + shares.get(one, 0.0) for one in devices}
        return Room(left, taken)


@dataclass(frozen=True)
class Change:
    """``after`` with so many ``replicas`` is to take over from ``before``, None for a first one.

    ``declared`` is the model as the stack file has it now. ``running``: how many replicas of
    ``before`` run. ``cold_starts`` of the model, in seconds; ``asking`` as in `Dip`.
    """

    after: Revision
    replicas: int
    declared: Model
    before: Revision | None = None
    running: int = 0
    cold_starts: Sequence[float] = ()
    asking: float | None = 0.0


def dips(changes: Sequence[Change], room: Room) -> dict[str, Dip]:
    """Which of the changes, all made at once, have to be dips; by model.

    First revisions are counted first: they have nothing that they could take the place of.
    """
    found = {}
    for change in sorted(changes, key=lambda one: one.before is not None):
        shares = gpus.shares(change.after.model, change.replicas)
        needed = memory.needed(change.after.model, change.replicas)
        if change.before is not None and change.replicas:
            waiting = 0 if change.running else change.replicas
            asked = memory.needed(change.before.model, waiting)  # of one that has to start, too
            why = _why(change, change.before, room.less(asked, {}), needed, shares)
            if why:
                found[change.after.model.name] = _dip(change, change.before, why)
                room = room.less(-given_back(change), _negative(_running_shares(change)))
        room = room.less(needed, shares)
    return found


def given_back(change: Change) -> int:
    """Bytes that the revision before may use, and no longer may once it has stopped."""
    return memory.needed(change.before.model, change.running) if change.before else 0


def _why(
    change: Change, before: Revision, room: Room, needed: int, shares: Mapping[str, float]
) -> str:
    """Why the two are not to run side by side; empty if they are."""
    new, old = f"r{change.after.number}", f"r{before.number}"
    if change.declared.rollout.strategy == "recreate":
        return RECREATE
    if room.memory is not None and needed > room.memory:
        return (
            f"{new} may use {memory.show(needed)}, and {memory.show(max(0, room.memory))} is"
            f" available beside {old}"
        )
    for device, share in sorted(shares.items()):
        left = 1 - room.gpus.get(device, 0.0)
        if share > left + ROUNDING:
            return (
                f"{new} asks for {share:.3g} of the memory of GPU {device}, and"
                f" {max(0.0, left):.3g} is left beside {old}"
            )
    return ""


def _dip(change: Change, before: Revision, why: str) -> Dip:
    measured = change.cold_starts
    return Dip(
        why=why,
        drain=before.model.drain if change.running else 0.0,
        start=statistics.median(measured) if measured else change.after.model.start_timeout,
        measured=len(measured),
        asking=change.asking,
        needs_leave=why != RECREATE and change.running > 0,
    )


def _running_shares(change: Change) -> Mapping[str, float]:
    return gpus.shares(change.before.model, change.running) if change.before else {}


def _negative(shares: Mapping[str, float]) -> dict[str, float]:
    return {device: -share for device, share in shares.items()}
