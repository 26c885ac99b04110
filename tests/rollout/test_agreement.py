from __future__ import annotations

import pytest

from argosy.rollout.agreement import judge
from argosy.rollout.sample_size import Test


@pytest.mark.parametrize(
    ("differing", "margin", "bound", "verdict"),
    [
        (12, 0.04, 0.0386, "promote"),
        (4, 0.02, 0.0182, "promote"),
        (12, 0.02, 0.0386, "inconclusive"),
    ],
)
def test_one_look_bounds_the_disagreement_exactly(
    differing: int, margin: float, bound: float, verdict: str
) -> None:
    found = judge(500 - differing, differing, 500, margin, 0.95, "one-look")
    assert found.differing_at_most == pytest.approx(bound, abs=5e-5)
    assert found.verdict == verdict


def test_one_look_waits_for_all_requests() -> None:
    assert judge(499, 0, 500, 0.02, 0.95, "one-look").verdict == "continue"


def test_the_e_process_promotes_as_soon_as_it_suffices() -> None:
    assert judge(227, 0, 500, 0.02, 0.95, "e-process").verdict == "continue"
    found = judge(228, 0, 500, 0.02, 0.95, "e-process")
    assert found.verdict == "promote"
    assert found.reason == (
        "Not worse by 0.02 or more: answers differ for at most 1.99 % after 228 of 500 requests."
    )


def test_a_bound_that_holds_at_every_look_is_wider() -> None:
    one, every = (judge(488, 12, 500, 0.05, 0.95, test) for test in ("one-look", "e-process"))
    assert one.differing_at_most < every.differing_at_most
    assert one.rate == every.rate
    assert one.rate.low < one.rate.value == 0.976 < one.rate.high


def test_disagreement_alone_never_rolls_back() -> None:
    found = judge(0, 500, 500, 0.02, 0.95, "e-process")
    assert found.verdict == "inconclusive"
    assert found.differing_at_most == pytest.approx(1.0)
    assert found.reason.endswith("Look at the pairs that differ, or at labelled items.")


@pytest.mark.parametrize("test", ["one-look", "e-process"])
def test_it_does_not_wait_for_what_cannot_change_it(test: Test) -> None:
    hopeless = judge(0, 30, 500, 0.02, 0.95, test)
    assert (hopeless.verdict, hopeless.total) == ("inconclusive", 500)
    assert hopeless.reason.startswith("Cannot be shown to be alike any more: answers differ for")
    assert judge(0, 2, 500, 0.02, 0.95, test).verdict == "continue"


def test_of_no_requests_nothing_is_known() -> None:
    found = judge(0, 0, 500, 0.02, 0.95, "e-process")
    assert (found.verdict, found.rate.low, found.rate.high) == ("continue", 0.0, 1.0)
    assert found.differing_at_most == pytest.approx(1.0)
