"""How a rollout looks."""

from __future__ import annotations

from rich.console import Console

from argosy.cli.rollout_table import LONGEST, MOST_FLIPS, flipped, shadow
from argosy.rollout.report import Flip
from argosy.supervisor.rollouts.stored import StoredShadow


def test_copies_of_requests_are_shown_with_what_they_have_shown() -> None:
    found = StoredShadow(
        900,
        agreeing=178,
        differing=2,
        unpaired=3,
        left_out={"it was answered with 404": 4},
        reason="Not decided",
        low=0.96,
        high=0.997,
        differing_at_most=0.0512,
        margin=0.05,
        file="/stack/.argosy/rollouts/m.r2-1.shadow.jsonl",
    )
    console = Console(width=200)
    with console.capture() as capture:
        for line in shadow(found):
            console.print(line)
    assert capture.get().splitlines() == [
        "  copies      ████················ 180 of at most 900",
        "  alike       0.989 [0.960, 0.997]   2 differ",
        "  left out    3 lost, 4 because it was answered with 404",
        "  differing   5.12 % at most, less than 5 % is needed",
        "  pairs       /stack/.argosy/rollouts/m.r2-1.shadow.jsonl",
        "  Not decided",
    ]


def test_items_that_differ_are_listed_what_is_lost_first_and_of_many_the_first() -> None:
    gained = [Flip(f"g{one}", "a", "b", "a", 0.0, 1.0) for one in range(MOST_FLIPS)]
    lost = Flip("17", "a\nb", "a b", "x" * (LONGEST + 1), 1.0, 0.0)
    console = Console(width=200)
    with console.capture() as capture:
        for line in flipped("m", [*gained, lost]):
            console.print(line)
    shown = capture.get().splitlines()
    assert shown[0] == f"    1 item lost, {MOST_FLIPS} gained:"
    long = "x" * (LONGEST - 1) + "…"
    assert shown[1] == f"      1.00 → 0.00  17: expected a b, was a b, is {long}"
    assert shown[2] == "      0.00 → 1.00  g0: expected a, was b, is a"
    assert shown[-1] == "      … and 1 more: `argosy rollout status m --json`"
    assert len(shown) == MOST_FLIPS + 2


def test_where_nothing_differs_nothing_is_listed() -> None:
    assert list(flipped("m", [])) == []
