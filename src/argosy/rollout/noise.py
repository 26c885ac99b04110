"""An A/A run: how often a revision scores differently from itself, and what that costs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from argosy.rollout.intervals import upper_bound
from argosy.rollout.sample_size import Test, items_needed
from argosy.stack.model import Probe, Rollout

if TYPE_CHECKING:
    from argosy.rollout.scoring import Scored


@dataclass(frozen=True)
class SelfRun:
    """A revision was asked the same items twice; ``differing`` of them were scored differently.

    ``question`` is `question`'s: what the answers depend on beside the revision. ``at`` is in
    seconds since 1970.
    """

    revision: int
    items: int
    differing: int
    question: str
    at: float


@dataclass(frozen=True)
class Noise:
    """The noise floor: no rollout of this suite differs on fewer items.

    ``share_at_most`` is a one-sided bound; ``needed`` and ``needed_at_most`` are the items that two
    equal revisions need at the one and at the other to be found so in four of five rollouts, None
    where no number is enough. ``hides_margin``: more items differ by chance alone than the margin
    allows to be lost.
    """

    items: int
    differing: int
    share: float
    share_at_most: float
    needed: int | None
    needed_at_most: int | None
    hides_margin: bool
    sentence: str


def question(suite_name: str, probe: Probe) -> str:
    """What answers and scores depend on, beside the revision that is asked.

    ``suite_name`` tells its content, see `probe.suite.kept_name`.
    """
    scorer = (probe.scorer.name, dict(probe.scorer.options))
    parts = (suite_name, scorer, probe.seed, probe.repeats)
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def differing(first: Sequence[Scored], second: Sequence[Scored]) -> int:
    """How many items were scored differently the second time."""
    before = {one.item_id: one.score for one in first}
    return sum(before[one.item_id] != one.score for one in second)


def of_run(run: SelfRun, settings: Rollout) -> Noise:
    """What a run says of the margin as it is set now."""
    return measure(
        run.items,
        run.differing,
        settings.margin,
        settings.confidence,
        settings.test,
        name=f"r{run.revision}",
    )


def measure(
    items: int,
    differing: int,
    margin: float,
    confidence: float,
    test: Test,
    name: str = "The revision",
) -> Noise:
    """Of ``items``, asked twice of the same revision, ``differing`` were scored differently."""
    share = differing / items if items else 0.0
    most = upper_bound(differing, items, confidence)
    needed = items_needed(margin, share, confidence, test)
    needed_at_most = items_needed(margin, most, confidence, test)
    hides_margin = margin < share
    told = (
        f"{name} differs from itself on {100 * share:.3g} % of {items} items"
        f" (at most {100 * most:.3g} %): to show a margin of {margin:g}, a revision as good needs"
        f" {_number(needed)} (at that most {_number(needed_at_most)})."
    )
    if hides_margin:
        told += " The margin is below this noise floor."
    if differing and (hides_margin or needed is None or needed > items):
        told += (
            " Fix temperature and seed, repeat each item and average, add items, or widen"
            " the margin."
        )
    return Noise(items, differing, share, most, needed, needed_at_most, hides_margin, told)


def _number(items: int | None) -> str:
    return "more items than there are" if items is None else f"about {items} items"
