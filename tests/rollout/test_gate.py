from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain, zip_longest
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from argosy.rollout.comparison import Pair
from argosy.rollout.gate import Decision, Gate, Verdict, course, decide, refusals, replays
from argosy.rollout.sample_size import Test as Kind
from tests.rollout.pairs import SEED, pairs

GATE = Gate(margin=0.02)
ONE_LOOK = Gate(margin=0.02, test="one-look")
POINT = Gate(margin=0.02, kind="point")


def mixed(*groups: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """Items of all groups in turn."""
    return tuple(pair for pair in chain(*zip_longest(*groups)) if pair)


def test_a_revision_that_never_differs_is_promoted_as_soon_as_can_be() -> None:
    decision = decide(GATE, pairs(500, 0, 0), 500, SEED)
    assert decision.verdict == "promote"
    assert decision.seen == 228
    assert decision.reason == (
        "Not worse by 0.02 or more: E = 20.2 after 228 of 500 items, and 20 is enough."
    )


def test_a_worse_revision_is_rolled_back() -> None:
    decision = decide(GATE, pairs(176, 2, 22), 500, SEED)
    assert decision.verdict == "roll back"
    assert decision.seen < 200
    assert decision.whole.f >= 20
    assert decision.reason.startswith("Worse by more than 0.02: F = ")


def test_while_nothing_is_shown_it_goes_on() -> None:
    decision = decide(GATE, pairs(479, 9, 12), 1000, SEED)
    assert decision.verdict == "continue"
    assert decision.reason == "Not decided: E = 1.27 after 500 of 1000 items, 20 is needed."


def test_when_no_items_are_left_it_is_inconclusive() -> None:
    decision = decide(GATE, pairs(479, 9, 12), 500, SEED)
    assert decision.verdict == "inconclusive"
    assert decision.reason == (
        "Neither shown to be fine nor worse: E = 1.27 after 500 of 500 items, 20 is needed,"
        " and there are no more items."
    )


@pytest.mark.parametrize(
    ("margin", "test", "verdict"),
    [
        (0.02, "e-process", "inconclusive"),
        (0.03, "e-process", "inconclusive"),
        (0.05, "e-process", "promote"),
        (0.02, "one-look", "inconclusive"),
        (0.03, "one-look", "promote"),
        (0.05, "one-look", "promote"),
    ],
)
def test_the_worked_example(margin: float, test: Kind, verdict: Verdict) -> None:
    decision = decide(Gate(margin, test=test), pairs(479, 9, 12), 500, SEED)
    assert decision.verdict == verdict


def test_no_items_are_inconclusive() -> None:
    for gate in (GATE, ONE_LOOK):
        assert decide(gate, (), 0, SEED).verdict == "inconclusive"


def test_all_lost_is_rolled_back_within_a_few_items() -> None:
    decision = decide(GATE, pairs(0, 0, 500), 500, SEED)
    assert (decision.verdict, decision.seen) == ("roll back", 7)


def test_one_look_waits_for_all_items() -> None:
    decision = decide(ONE_LOOK, pairs(400, 0, 0), 500, SEED)
    assert decision.verdict == "continue"
    assert decision.reason == "The one look comes after all items; 400 of 500 items are answered."


def test_one_look_promotes_at_the_end() -> None:
    decision = decide(ONE_LOOK, pairs(500, 0, 0), 500, SEED)
    assert decision.verdict == "promote"
    assert decision.reason == (
        "Not worse by 0.02 or more: z = 3.194 after 500 of 500 items, and 1.645 is enough."
    )


def test_one_look_rolls_back_before_the_end() -> None:
    decision = decide(ONE_LOOK, pairs(176, 2, 22), 500, SEED)
    assert decision.verdict == "roll back"


def test_one_look_at_fewer_items_than_the_exact_bound_asks_for_does_not_promote() -> None:
    assert decide(ONE_LOOK, pairs(148, 0, 0), 148, SEED).verdict == "inconclusive"
    assert decide(ONE_LOOK, pairs(149, 0, 0), 149, SEED).verdict == "promote"


def test_one_look_says_that_it_does_not_take_graded_scores() -> None:
    graded = [Pair(str(number), 0.5, 0.5) for number in range(500)]
    decision = decide(ONE_LOOK, graded, 500, SEED)
    assert decision.verdict == "inconclusive"
    assert "z does not exist for graded or weighted scores" in decision.reason
    assert decide(GATE, graded, 500, SEED).verdict == "promote"


@given(some.lists(some.sampled_from([(1, 1), (0, 0), (0, 1), (1, 0)]), max_size=120), some.data())
@settings(max_examples=50, deadline=None)
def test_it_does_not_matter_how_many_pairs_come_at_once(
    scores: list[tuple[int, int]], data: some.DataObject
) -> None:
    gate = Gate(margin=0.2)
    came = [Pair(str(number), *score) for number, score in enumerate(scores)]
    whole = decide(gate, came, 120, SEED)
    looked_at = data.draw(some.integers(0, len(came)))
    early = decide(gate, came[:looked_at], 120, SEED)
    if early.verdict != "continue":
        assert early == whole
    elif whole.verdict in {"promote", "roll back"}:
        assert whole.seen > looked_at


def test_a_named_slice_has_to_pass_too() -> None:
    german = pairs(60, 0, 0, ("de",))
    english = pairs(440, 0, 0, ("en",))
    gate = replace(GATE, slices=("de",))
    decision = decide(gate, mixed(german, english), 500, SEED)
    assert decision.verdict == "inconclusive"
    assert decision.whole.e > 20
    assert decision.reason.startswith("Slice de: 60 items can never show a margin of 0.02: ")
    longer = decide(gate, mixed(pairs(228, 0, 0, ("de",)), english), 668, SEED)
    assert longer.verdict == "promote"
    assert longer.seen == 455
    assert ", in slice de too: " in longer.reason


def test_a_slice_that_is_not_named_is_shown_and_does_not_gate() -> None:
    decision = decide(GATE, mixed(pairs(10, 0, 0, ("rare",)), pairs(490, 0, 0, ("en",))), 500, SEED)
    assert decision.verdict == "promote"
    assert decision.slices["rare"].ties == 10
    assert decision.slices["rare"].e < 20


def test_one_named_slice_that_is_worse_rolls_back() -> None:
    german = pairs(60, 0, 20, ("de",))
    english = pairs(300, 100, 0, ("en",))
    assert decide(GATE, mixed(german, english), 1000, SEED).verdict == "promote"
    decision = decide(replace(GATE, slices=("de", "en")), mixed(german, english), 1000, SEED)
    assert decision.verdict == "roll back"
    assert decision.slices["de"].f >= 40
    assert " in slice de: " in decision.reason
    assert "and 40 is enough" in decision.reason


def test_a_named_slice_without_an_item_is_inconclusive_and_named() -> None:
    decision = decide(replace(GATE, slices=("fr",)), pairs(500, 0, 0), 500, SEED)
    assert decision.verdict == "inconclusive"
    assert decision.reason.startswith("Slice fr: 0 items can never show a margin of 0.02: ")


def test_a_gate_that_cannot_pass_is_refused_with_the_slices_that_cannot() -> None:
    gate = Gate(margin=0.02, slices=("de", "fr", "en"))
    found = refusals(gate, 300, {"de": 12, "en": 288})
    assert [why.partition(" can ")[0] for why in found] == [
        "Slice de: 12 items",
        "Slice fr: 0 items",
    ]
    assert refusals(Gate(0.02), 100, {})[0].startswith("100 items can never show a margin of 0.02")
    assert refusals(Gate(0.02), 228, {}) == ()


@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_a_stored_decision_replays_to_the_same_verdict(verdict: Verdict) -> None:
    came = {
        "promote": pairs(300, 1, 0, ("en",)),
        "roll back": pairs(176, 2, 22, ("en",)),
        "continue": pairs(50, 1, 1, ("en",)),
        "inconclusive": pairs(479, 9, 12, ("en",)),
    }[verdict]
    decision = decide(replace(GATE, slices=("en",)), came, 500, SEED)
    stored = json.loads(json.dumps(decision.as_data(), allow_nan=False))
    restored = Decision.from_data(stored)
    assert restored == decision
    assert restored.verdict == verdict
    assert replays(restored, came)


def test_a_stored_decision_does_not_replay_with_other_scores() -> None:
    came = pairs(300, 1, 0)
    decision = decide(GATE, came, 500, SEED)
    assert not replays(decision, (replace(came[0], item="another"), *came[1:]))


def test_a_course_has_its_ends_and_not_too_many_points() -> None:
    found = course(GATE, pairs(2000, 20, 20), points=100)
    assert 100 <= len(found) <= 120
    assert (found[0].items, found[0].e, found[0].f) == (0, 1.0, 1.0)
    assert found[-1].items == 2040
    assert course(GATE, ()) == found[:1]


TESTS: tuple[Kind, ...] = ("one-look", "e-process")


def test_the_worked_example_of_the_documentation_is_what_the_gate_decides() -> None:
    text = (Path(__file__).parents[2] / "docs" / "rollouts.md").read_text()
    for margin in (0.02, 0.03, 0.05):
        once, always = (
            decide(Gate(margin, test=test), pairs(479, 9, 12), 500, SEED) for test in TESTS
        )
        found = once.whole
        row = (
            f"| {margin} | {found.z:.3f} | {found.p:.4f} | {once.verdict} | {found.e:.5g}"
            f" | {found.f:.3g} | {always.verdict} |"
        )
        assert row in text
    assert f"McNemar's p is {found.mcnemar_p:.3f}," in text


@pytest.mark.parametrize(
    ("gained", "lost", "verdict"),
    [(0, 0, "promote"), (0, 1, "promote"), (0, 2, "roll back"), (1, 2, "promote")],
)
def test_a_point_gate_goes_by_the_items_themselves(gained: int, lost: int, verdict: str) -> None:
    asked = pairs(50 - gained - lost, gained, lost)
    decision = decide(POINT, asked, 50, SEED)
    assert (decision.verdict, decision.seen) == (verdict, 50)
    assert replays(decision, asked)
    assert not replays(decision, asked[:-1])


def test_a_point_gate_says_what_it_has_observed() -> None:
    promoted = decide(POINT, pairs(49, 0, 1), 50, SEED)
    assert promoted.reason == (
        "Not worse by more than 0.02 on the suite itself: the observed difference is -0.02"
        " after 50 of 50 items."
    )
    refused = decide(POINT, pairs(47, 0, 3), 50, SEED)
    assert refused.reason == (
        "Worse by more than 0.02 on the suite itself: the observed difference is -0.06"
        " after 50 of 50 items."
    )


def test_a_point_gate_decides_nothing_before_the_last_item() -> None:
    decision = decide(POINT, pairs(0, 0, 49), 50, SEED)
    assert decision.verdict == "continue"
    assert (
        decision.reason == "What is observed counts after all items; 49 of 50 items are answered."
    )


def test_in_a_point_gate_a_named_slice_has_to_be_no_worse_by_itself() -> None:
    gate = replace(POINT, slices=("hard",))
    asked = mixed(pairs(90, 0, 0), pairs(9, 0, 1, ("hard",)))
    decision = decide(gate, asked, 100, SEED)
    assert decision.verdict == "roll back"
    assert decision.reason.startswith("Worse by more than 0.02 on the suite itself in slice hard:")
    assert decide(POINT, asked, 100, SEED).verdict == "promote"


def test_weights_count_in_a_point_gate() -> None:
    light = tuple(replace(one, weight=0.1) for one in pairs(0, 0, 1))
    assert decide(POINT, (*pairs(9, 0, 0), *light), 10, SEED).verdict == "promote"
    assert decide(POINT, (*pairs(9, 0, 0), *pairs(0, 0, 1)), 10, SEED).verdict == "roll back"


def test_no_suite_is_too_small_for_a_point_gate_but_an_empty_one() -> None:
    assert refusals(POINT, 1, {}) == ()
    assert refusals(GATE, 1, {})
    (why,) = refusals(replace(POINT, slices=("hard",)), 10, {"easy": 10})
    assert why.startswith("Slice hard: there is no item")
    assert decide(POINT, (), 0, SEED).verdict == "roll back"


def test_a_decision_that_was_kept_before_there_were_kinds_is_one_of_confidence() -> None:
    decision = decide(GATE, pairs(500, 0, 0), 500, SEED)
    kept = decision.as_data()
    del kept["gate"]["kind"]
    assert Decision.from_data(json.loads(json.dumps(kept))) == decision
