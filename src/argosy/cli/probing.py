"""How the result of `probe` looks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, TextIO

from argosy.rollout.accuracy import CONFIDENCE, told
from argosy.rollout.comparison import Pair, compare
from argosy.rollout.evidence import shown
from argosy.rollout.probing import ProbeResult
from argosy.rollout.scoring import Scored
from argosy.stack.model import Rollout

MOST = 20  # failures that are shown
LONGEST = 60  # characters of an answer
TENTHS = 10


def progress(name: str, out: TextIO) -> Callable[[int, int], None]:
    """Tells how far it is: on a terminal in one line, elsewhere in ten."""

    def tell(done: int, total: int) -> None:
        if out.isatty():
            end = "\n" if done == total else ""
            out.write(f"\r  {name:<12} {done} of {total} asked{end}")
            out.flush()
        elif done * TENTHS // total > (done - 1) * TENTHS // total:
            out.write(f"  {name:<12} {done} of {total} asked\n")
            out.flush()

    return tell


def lines(name: str, result: ProbeResult) -> Iterator[str]:
    """What did not score 1, the worst first; accuracy by tags; accuracy of all."""
    failures = result.failures
    for one in failures[:MOST]:
        yield f"  {one.score:.2f}  {one.item_id}: {_story(one)}"
    if len(failures) > MOST:
        yield f"  … and {len(failures) - MOST} more: `argosy probe {name} --json` has them all"
    for tag, part in result.tags.items():
        yield f"  {tag:<12} {told(part)}"
    verdict = ""
    if result.wanted is not None:
        verdict = f", {'at least' if result.is_enough else 'below'} the {result.wanted:g} wanted"
    yield f"{name}: accuracy {told(result.accuracy)}{verdict}"


def compared(
    against: str, before: ProbeResult, after: ProbeResult, settings: Rollout
) -> Iterator[str]:
    """What differs from the other revision, and what the gate would make of it."""
    old = {one.item_id: one for one in before.scored}
    heaviest = max(one.weight for one in after.scored)
    pairs = [
        Pair(one.item_id, old[one.item_id].score, one.score, one.tags, one.weight / heaviest)
        for one in after.scored
    ]
    flipped = [one for one in after.scored if one.score != old[one.item_id].score]
    yield f"against {against}: {told(before.accuracy)}"
    for one in flipped[:MOST]:
        was = old[one.item_id]
        yield f"  {was.score:.2f} → {one.score:.2f}  {one.item_id}: {_story(one)}"
    if len(flipped) > MOST:
        yield f"  … and {len(flipped) - MOST} more"
    found = compare(pairs, settings.margin, settings.confidence)
    interval = f"{found.difference.low:+.3f} to {found.difference.high:+.3f}"
    yield (
        f"difference {found.difference.value:+.3f} ({interval}); {found.gained} gained,"
        f" {found.lost} lost, {found.ties} alike; McNemar p {found.mcnemar_p:.3g}"
    )
    enough = 1 / (1 - settings.confidence)
    yield (
        f"margin {settings.margin:g}: E {shown(found.e)} (not worse from {enough:g} on),"
        f" F {shown(found.f)} (worse from {enough:g} on)"
    )


def as_data(name: str, result: ProbeResult) -> dict[str, Any]:
    """The same, whole."""
    return {
        "model": name,
        "enough": result.is_enough,
        "wanted": result.wanted,
        "confidence": CONFIDENCE,
        "accuracy": asdict(result.accuracy),
        "tags": {tag: asdict(part) for tag, part in result.tags.items()},
        "suite": result.digest,
        "items": [asdict(one) for one in result.scored],
    }


def _story(one: Scored) -> str:
    if one.reason:
        return one.reason
    expected = f"expected {_short(one.expected)}, " if one.expected is not None else ""
    return f"{expected}got {_short(one.answer)}"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
