"""How a rollout looks."""

from __future__ import annotations

from rich.console import Console

from argosy.cli.rollout_table import shadow
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
