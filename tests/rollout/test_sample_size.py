from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from argosy.rollout.evidence import e_values
from argosy.rollout.sample_size import Test as Kind
from argosy.rollout.sample_size import fewest, items_needed, refusal, smallest_margin

KINDS = some.sampled_from(["one-look", "e-process"])


@pytest.mark.parametrize(
    ("margin", "one_look", "e_process"),
    [(0.01, 299, 458), (0.02, 149, 228), (0.03, 99, 151), (0.05, 59, 90)],
)
def test_the_fewest_items_are_those_where_nothing_differs(
    margin: float, one_look: int, e_process: int
) -> None:
    assert fewest(margin, 0.95, "one-look") == one_look
    assert fewest(margin, 0.95, "e-process") == e_process


@given(some.floats(0.001, 0.95), some.sampled_from([0.8, 0.95, 0.99]))
def test_the_e_process_reaches_its_bound_at_the_fewest_and_not_before(
    margin: float, confidence: float
) -> None:
    items = fewest(margin, confidence, "e-process")
    assert e_values(items, 0, 0, margin)[0] >= 1 / (1 - confidence)
    assert e_values(items - 1, 0, 0, margin)[0] < 1 / (1 - confidence)


@pytest.mark.parametrize(
    ("margin", "needed"),
    [
        (0.01, (1237, 3092, 6183, 12366)),
        (0.02, (310, 773, 1546, 3092)),
        (0.03, (138, 344, 687, 1374)),
        (0.05, (59, 124, 248, 495)),
    ],
)
def test_one_look_needs_items_by_the_share_that_differs(
    margin: float, needed: tuple[int, ...]
) -> None:
    shares = (0.02, 0.05, 0.10, 0.20)
    assert tuple(items_needed(margin, share, 0.95, "one-look") for share in shares) == needed


def test_a_look_after_every_item_costs_items() -> None:
    assert items_needed(0.05, 0.05, 0.95, "e-process") == 318
    assert items_needed(0.05, 0.05, 0.95, "e-process", power=0.5) == 198
    assert items_needed(0.02, 0.0, 0.95, "e-process") == fewest(0.02, 0.95, "e-process")


def test_where_too_much_differs_no_number_of_items_is_enough() -> None:
    assert items_needed(0.02, 0.7, 0.95, "e-process") is not None
    assert items_needed(0.02, 0.9, 0.95, "e-process") is None


def test_a_gate_that_cannot_pass_is_refused_with_what_to_do() -> None:
    assert refusal(100, 0.02, 0.95, "e-process") == (
        "100 items can never show a margin of 0.02: even where nothing differs, the test e-process"
        " with confidence 0.95 needs 228. Add 128 items, or allow a margin of 0.045."
    )


def test_a_refusal_names_the_test_with_which_the_items_do() -> None:
    assert "or plan a single look (test: one-look)" in refusal(150, 0.02, 0.95, "e-process")


def test_no_items_are_refused() -> None:
    assert refusal(0, 0.02, 0.95, "one-look").endswith("needs 149. Add 149 items.")


@pytest.mark.parametrize("test", ["one-look", "e-process"])
def test_a_gate_that_can_pass_is_not_refused(test: Kind) -> None:
    assert refusal(228, 0.02, 0.95, test) == ""


@given(some.integers(2, 50_000), KINDS, some.sampled_from([0.9, 0.95, 0.99]))
def test_the_margin_that_a_refusal_proposes_is_not_refused(
    items: int, test: Kind, confidence: float
) -> None:
    margin = smallest_margin(items, confidence, test)
    assert 0 < margin < 1
    assert refusal(items, margin, confidence, test) == ""
    assert refusal(items, margin * 0.89, confidence, test)


def test_the_table_of_the_documentation_is_computed() -> None:
    text = (Path(__file__).parents[2] / "docs" / "rollouts.md").read_text()
    tests: tuple[Kind, ...] = ("one-look", "e-process")
    for margin in (0.01, 0.02, 0.03, 0.05):
        cells = [" / ".join(str(fewest(margin, 0.95, test)) for test in tests)]
        for share in (0.02, 0.05, 0.10, 0.20):
            needed = (items_needed(margin, share, 0.95, test) for test in tests)
            cells.append(" / ".join(map(str, needed)))
        assert f"| {margin} | {' | '.join(cells)} |" in text
