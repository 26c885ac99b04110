"""Whether a rollout goes on, goes back, or pauses: decided from pairs of scores, pure.

The same items are asked of both revisions. H0 says that the new one is worse by the margin or more;
it is promoted only where that is refuted. The e-process may be looked at after every item, so a
decision falls at the first item that suffices, however many pairs came at once.

Slices gate only where the gate names them: each has to pass at α by itself, at the same item as the
whole (intersection-union, Berger, Technometrics 24:295, 1982), and any of k that is worse at α/k
rolls back. All other tags are shown with their values. A named slice with too few items to ever
pass is refused by `refusals`; where it is used all the same, the outcome is inconclusive and says
which slice.

A new revision that is worse by the margin or more, as a whole or in a named slice, is promoted with
probability α at most. One that is nowhere worse by more than the margin is rolled back with α at
most, and with 2α where slices gate: α for all items and α for the slices together.

All of this is about the traffic that the items are a sample of. A gate of the kind ``point`` says
nothing of it: once all items are answered, what was observed on the items themselves decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from hashlib import sha256
from statistics import NormalDist
from typing import Any, Literal

from argosy.rollout.comparison import Comparison, Pair, compare
from argosy.rollout.evidence import Evidence, shown
from argosy.rollout.sample_size import Test, fewest, refusal
from argosy.stack.model import Rollout

Verdict = Literal["promote", "roll back", "continue", "inconclusive"]
Kind = Literal["confidence", "point"]

ALL = ""  # the part that is no slice
ROUNDING = 1e-9  # of sums of weights, which decides nothing
NOTHING = "there is no item to observe a difference on. Add some, or do not name it."
POINTS = 400  # of a drawn course: more than a screen shows


@dataclass(frozen=True)
class Gate:
    """``margin`` is what the new revision may be worse by, in (0, 1); ``slices`` are tags.

    ``one-look`` promotes by Tango's test once all items are answered; it rolls back as the
    e-process does, whenever the evidence against the new revision suffices.

    A gate of the ``kind`` ``point`` has neither test nor confidence: it promotes where the observed
    difference, of all items and in every named slice, is -margin or more, else it rolls back.
    """

    margin: float
    confidence: float = 0.95
    test: Test = "e-process"
    slices: tuple[str, ...] = ()
    kind: Kind = "confidence"

    @classmethod
    def of(cls, settings: Rollout) -> Gate:
        """As the stack file asks for it."""
        return cls(
            settings.margin, settings.confidence, settings.test, settings.slices, settings.gate
        )

    @property
    def enough(self) -> float:
        """What E has to reach, of all items and of every named slice: 1/α."""
        return 1 / (1 - self.confidence)

    def enough_against(self, part: str) -> float:
        """What F has to reach: 1/α of all items, k/α of one of k named slices."""
        return self.enough * (len(self.slices) if part else 1)

    @property
    def enough_at_one_look(self) -> float:
        """What z has to reach."""
        return NormalDist().inv_cdf(self.confidence)


@dataclass(frozen=True)
class Decision:
    """A verdict with everything that it rests on.

    ``seen`` of ``total`` items were used, in the order that ``seed`` gives. ``slices`` has every
    tag; those that gate are named in ``gate``. ``digest`` is that of the pairs used.
    """

    verdict: Verdict
    reason: str
    gate: Gate
    seed: int
    seen: int
    total: int
    whole: Comparison
    slices: Mapping[str, Comparison]
    digest: str

    def as_data(self) -> dict[str, Any]:
        """The decision as values that JSON has."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Decision:
        """The inverse of `as_data`, also after a way through JSON."""
        gate = Gate(**{**data["gate"], "slices": tuple(data["gate"]["slices"])})
        slices = {tag: Comparison.from_data(found) for tag, found in data["slices"].items()}
        whole = Comparison.from_data(data["whole"])
        return cls(**{**data, "gate": gate, "whole": whole, "slices": slices})


@dataclass(frozen=True)
class Point:
    """E and F after so many items."""

    items: int
    e: float
    f: float


def decide(gate: Gate, pairs: Sequence[Pair], total: int, seed: int) -> Decision:
    """Decide from the pairs that have come so far, in the order that ``seed`` gives.

    Pairs after the one that decided are not used. The same pairs give the same decision.
    """
    by_evidence = gate.kind == "confidence"
    verdict, seen = _first_verdict(gate, pairs) if by_evidence else ("continue", len(pairs))
    used = pairs[:seen]
    whole = compare(used, gate.margin, gate.confidence)
    slices = {
        tag: compare([pair for pair in used if tag in pair.tags], gate.margin, gate.confidence)
        for tag in sorted({*gate.slices, *(tag for pair in used for tag in pair.tags)})
    }
    parts = {ALL: whole, **{tag: slices[tag] for tag in gate.slices}}
    if verdict == "continue" and seen >= total:
        passed = all(_passes(gate, part) for part in parts.values())
        otherwise: Verdict = "inconclusive" if by_evidence else "roll back"
        verdict = "promote" if passed else otherwise
    reason = _reason(verdict, gate, total, parts)
    return Decision(verdict, reason, gate, seed, seen, total, whole, slices, _digest(used))


def replays(decision: Decision, pairs: Sequence[Pair]) -> bool:
    """Whether these pairs lead to the decision again, number by number."""
    return decide(decision.gate, pairs, decision.total, decision.seed) == decision


def refusals(gate: Gate, total: int, slices: Mapping[str, int]) -> tuple[str, ...]:
    """Why the gate can never pass, in sentences: of all items and of the slices it names.

    ``slices`` has the number of items by tag.
    """
    sizes = {ALL: total, **{tag: slices.get(tag, 0) for tag in gate.slices}}
    if gate.kind == "point":
        empty = [part for part, items in sizes.items() if not items]
        return tuple(_named(part) + NOTHING for part in empty)
    refused = {
        part: refusal(items, gate.margin, gate.confidence, gate.test)
        for part, items in sizes.items()
    }
    return tuple(_named(part) + why for part, why in refused.items() if why)


def course(gate: Gate, pairs: Sequence[Pair], points: int = POINTS) -> tuple[Point, ...]:
    """E and F over the items, at so many points or a few more, the first and last among them."""
    evidence = Evidence(gate.margin)
    found = [Point(0, evidence.e, evidence.f)]
    every = max(1, len(pairs) // points)
    for items, pair in enumerate(pairs, 1):
        evidence.add(pair.difference, pair.weight)
        if items % every == 0 or items == len(pairs):
            found.append(Point(items, evidence.e, evidence.f))
    return tuple(found)


def _first_verdict(gate: Gate, pairs: Sequence[Pair]) -> tuple[Verdict, int]:
    """What the e-processes say, and the number of items at which they first said it."""
    parts = {part: Evidence(gate.margin) for part in (ALL, *gate.slices)}
    for seen, pair in enumerate(pairs, 1):
        for part, evidence in parts.items():
            if part == ALL or part in pair.tags:
                evidence.add(pair.difference, pair.weight)
        if _worse(gate, parts):
            return "roll back", seen
        if gate.test == "e-process" and all(part.e >= gate.enough for part in parts.values()):
            return "promote", seen
    return "continue", len(pairs)


def _worse(gate: Gate, parts: Mapping[str, Evidence] | Mapping[str, Comparison]) -> list[str]:
    """The parts in which the new revision is worse."""
    return [part for part, found in parts.items() if found.f >= gate.enough_against(part)]


def _passes(gate: Gate, part: Comparison) -> bool:
    """Whether a part passes with all its items seen."""
    if gate.kind == "point":
        return part.items > 0 and part.difference.value >= -gate.margin - ROUNDING
    if gate.test == "e-process":
        return part.e >= gate.enough
    least = fewest(gate.margin, gate.confidence, gate.test)
    return part.z is not None and part.z >= gate.enough_at_one_look and part.items >= least


def _reason(verdict: Verdict, gate: Gate, total: int, parts: Mapping[str, Comparison]) -> str:
    """In words, of the part that decided or that is still missing."""
    seen = f"{parts[ALL].items} of {total} items"
    if gate.kind == "point":
        return _point_reason(verdict, gate, seen, parts)
    if verdict == "roll back":
        part = _worse(gate, parts)[0]
        found, needed = shown(parts[part].f), shown(gate.enough_against(part))
        return (
            f"Worse by more than {gate.margin:g}{_in(part)}: F = {found} after {seen},"
            f" and {needed} is enough."
        )
    missing = [part for part, found in parts.items() if not _passes(gate, found)]
    if verdict == "promote":
        also = f", in {_listed(gate.slices)} too" if gate.slices else ""
        return (
            f"Not worse by {gate.margin:g} or more{also}: {_value(gate, parts[ALL])} after {seen},"
            f" and {_needed(gate)} is enough."
        )
    if verdict == "continue" and gate.test == "one-look":
        return f"The one look comes after all items; {seen} are answered."
    part = missing[0]
    so_far = f"{_value(gate, parts[part])}{_in(part)} after {seen}, {_needed(gate)} is needed"
    if verdict == "continue":
        return f"Not decided: {so_far}."
    if why := refusal(parts[part].items, gate.margin, gate.confidence, gate.test):
        return _named(part) + why
    return f"Neither shown to be fine nor worse: {so_far}, and there are no more items."


def _point_reason(verdict: Verdict, gate: Gate, seen: str, parts: Mapping[str, Comparison]) -> str:
    """The observed difference, of the part that is worst where it rolls back."""
    if verdict == "continue":
        return f"What is observed counts after all items; {seen} are answered."
    failing = [part for part, found in parts.items() if not _passes(gate, found)]
    shown_part = failing[0] if failing else ALL
    if not parts[shown_part].items:
        return f"{_named(shown_part)}Nothing was observed after {seen}."
    observed = f"the observed difference is {parts[shown_part].difference.value:+.4g}"
    also = f", in {_listed(gate.slices)} too" if gate.slices else ""
    if verdict == "promote":
        return (
            f"Not worse by more than {gate.margin:g} on the suite itself{also}: {observed}"
            f" after {seen}."
        )
    return (
        f"Worse by more than {gate.margin:g} on the suite itself{_in(shown_part)}: {observed}"
        f" after {seen}."
    )


def _value(gate: Gate, part: Comparison) -> str:
    if gate.test == "e-process":
        return f"E = {shown(part.e)}"
    return (
        "z does not exist for graded or weighted scores" if part.z is None else f"z = {part.z:.3f}"
    )


def _needed(gate: Gate) -> str:
    if gate.test == "e-process":
        return shown(gate.enough)
    return f"{gate.enough_at_one_look:.3f}"


def _in(part: str) -> str:
    return f" in slice {part}" if part else ""


def _named(part: str) -> str:
    return f"Slice {part}: " if part else ""


def _listed(slices: Sequence[str]) -> str:
    return ("slice " if len(slices) == 1 else "slices ") + " and ".join(slices)


def _digest(pairs: Sequence[Pair]) -> str:
    digest = sha256()
    for pair in pairs:
        digest.update(f"{astuple(pair)!r}\n".encode())
    return f"sha256:{digest.hexdigest()}"
