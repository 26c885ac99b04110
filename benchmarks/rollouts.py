"""How often the gate errs, and how many items it takes, in simulated rollouts.

A look falls after every item. No model runs: items are gained, lost or tied with known chances, so
the numbers are those of the statistics alone, and the same in every run.
"""

from __future__ import annotations

import math
import random
import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from argosy.errors import ArgosyError
from argosy.rollout.comparison import Pair
from argosy.rollout.evidence import e_values
from argosy.rollout.gate import Gate, Verdict, decide
from argosy.rollout.sample_size import items_needed
from argosy.rollout.tango import z_value
from benchmarks.load import Effort
from benchmarks.report import Line

TITLE = "Rollouts: 2,000 simulated for each line, a look after every item"
ROLLOUTS = 2000
CHECKED = 5  # of them also item by item
SEED = 20261121
CONFIDENCE = 0.95
LOOK_EVERY = 25
ERRORS_PERCENT = 5.0
ROLLED_BACK_PERCENT = 99.0
POWER_PERCENT = 80.0


@dataclass(frozen=True)
class World:
    """The chances of an item to be gained and lost, the margin, and the items at hand."""

    gained: float
    lost: float
    margin: float
    items: int

    @classmethod
    def of(cls, difference: float, differing: float, margin: float, items: int) -> World:
        """A world with this true difference, in which this share of items differ."""
        return cls((differing + difference) / 2, (differing - difference) / 2, margin, items)

    @property
    def gate(self) -> Gate:
        """The gate of the world's margin."""
        return Gate(self.margin, CONFIDENCE)


@dataclass(frozen=True)
class Simulated:
    """Where an item differs, counted from 1, and whether it is gained: (17, True), (60, False) …"""

    differing: tuple[tuple[int, bool], ...]

    def counts(self, items: int) -> tuple[int, int]:
        """How many of the first ``items`` are gained and lost."""
        seen = bisect_right(self.differing, (items, True))
        gained = sum(gained for _, gained in self.differing[:seen])
        return gained, seen - gained


@dataclass(frozen=True)
class Outcome:
    """A verdict and the items that it took."""

    verdict: Verdict
    items: int


def measure(_: Effort) -> list[Line]:
    """Raises `ArgosyError` where the gate, item by item, decides otherwise than counts do."""
    return [
        *_worse(World.of(-0.02, 0.06, 0.02, 1000)),
        *_worse(World.of(-0.02, 0.10, 0.02, 2000)),
        *_equal(0.05, 0.05),
        *_equal(0.10, 0.05),
        *_equal(0.05, 0.02),
        *_equal(0.10, 0.02),
        *_much_worse(World.of(-0.08, 0.12, 0.02, 1000)),
    ]


def _worse(world: World) -> list[Line]:
    """A new revision that is worse by exactly the margin."""
    rollouts = list(_rollouts(world))
    gate = _percent(_outcome(rollout, world).verdict == "promote" for rollout in rollouts)
    every = range(LOOK_EVERY, world.items + 1, LOOK_EVERY)
    often = _percent(any(_passes(rollout, world, n) for n in every) for rollout in rollouts)
    once = _percent(_passes(rollout, world, world.items) for rollout in rollouts)
    of = f"{_differing(world)}, n ≤ {world.items}"
    return [
        Line(f"worse by the margin: falsely promoted, {of}", gate, " %", at_most=ERRORS_PERCENT),
        Line(f"  by Tango's test, a look every {LOOK_EVERY} items", often, " %"),
        Line("  by Tango's test, one look", once, " %"),
    ]


def _equal(differing: float, margin: float) -> list[Line]:
    """A new revision that is as good, with as many items as `items_needed` says."""
    items = items_needed(margin, differing, CONFIDENCE, "e-process")
    if items is None:
        raise ArgosyError(f"no number of items shows {margin} where {differing} differ")
    world = World.of(0.0, differing, margin, items)
    found = [_outcome(rollout, world) for rollout in _rollouts(world)]
    promoted = _percent(one.verdict == "promote" for one in found)
    back = _percent(one.verdict == "roll back" for one in found)
    of = f"{_differing(world)}, n ≤ {items}"
    return [
        Line(f"as good: promoted, {of}", promoted, " %", at_least=POWER_PERCENT),
        Line("  falsely rolled back", back, " %", at_most=ERRORS_PERCENT),
        Line("  items to decide, median", statistics.median(one.items for one in found), ""),
    ]


def _much_worse(world: World) -> list[Line]:
    found = [_outcome(rollout, world) for rollout in _rollouts(world)]
    back = _percent(one.verdict == "roll back" for one in found)
    drop = f"{100 * (world.lost - world.gained):.0f} points worse"
    return [
        Line(
            f"{drop}: rolled back, {_differing(world)}, n ≤ {world.items}",
            back, " %", at_least=ROLLED_BACK_PERCENT,
        ),
        Line("  items to decide, median", statistics.median(one.items for one in found), ""),
    ]  # fmt: skip


def _differing(world: World) -> str:
    return f"margin {world.margin:g}, {100 * (world.gained + world.lost):.0f} % differ"


def _percent(held: Iterator[bool]) -> float:
    return 100 * sum(held) / ROLLOUTS


def _rollouts(world: World) -> Iterator[Simulated]:
    """Every world has the same chance, so that lines can be compared."""
    chance = random.Random(SEED)
    for number in range(ROLLOUTS):
        rollout = Simulated(tuple(_differences(world, chance)))
        if number < CHECKED:
            _check(rollout, world)
        yield rollout


def _differences(world: World, chance: random.Random) -> Iterator[tuple[int, bool]]:
    """The gaps between items that differ are geometric."""
    differing = world.gained + world.lost
    place = 0
    while True:
        place += 1 + int(math.log(1 - chance.random()) / math.log(1 - differing))
        if place > world.items:
            return
        yield place, chance.random() < world.gained / differing


def _outcome(rollout: Simulated, world: World) -> Outcome:
    """What a look after every item finds.

    E only falls, and F only grows, where an item is lost: between two of these, E is looked at
    where it is largest, and the first item at which it suffices is then searched.
    """
    enough = world.gate.enough
    gained = lost = since = 0
    run: list[int] = []  # items gained since the last one that was lost
    for place, is_gained in (*rollout.differing, (world.items + 1, False)):
        if is_gained:
            run.append(place)
            continue
        e = partial(_e, world, gained, lost, run)
        if e(place - 1) >= enough:
            first = bisect_left(range(since, place), True, key=lambda n: e(n) >= enough)
            return Outcome("promote", since + first)
        gained, lost, since, run = gained + len(run), lost + 1, place, []
        if place <= world.items and _f(world, place, gained, lost) >= enough:
            return Outcome("roll back", place)
    return Outcome("inconclusive", world.items)


def _e(world: World, gained: int, lost: int, run: list[int], items: int) -> float:
    gained += bisect_right(run, items)
    return e_values(items - gained - lost, gained, lost, world.margin)[0]


def _f(world: World, items: int, gained: int, lost: int) -> float:
    return e_values(items - gained - lost, gained, lost, world.margin)[1]


def _passes(rollout: Simulated, world: World, items: int) -> bool:
    """Whether Tango's test would promote if this were its only look."""
    gained, lost = rollout.counts(items)
    return z_value(items, gained, lost, world.margin) >= world.gate.enough_at_one_look


def _check(rollout: Simulated, world: World) -> None:
    """Raises `ArgosyError` where the gate itself decides otherwise."""
    scores = {place: (0.0, 1.0) if gained else (1.0, 0.0) for place, gained in rollout.differing}
    pairs = [
        Pair(str(place), *scores.get(place, (1.0, 1.0))) for place in range(1, world.items + 1)
    ]
    decision = decide(world.gate, pairs, world.items, SEED)
    decided, counted = Outcome(decision.verdict, decision.seen), _outcome(rollout, world)
    if decided != counted:
        raise ArgosyError(f"the gate decides {decided}, counts say {counted}")
