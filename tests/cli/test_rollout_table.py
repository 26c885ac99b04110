"""How a rollout looks."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from argosy.cli.rollout_table import (
    LONGEST,
    MOST_FLIPS,
    flipped,
    gate,
    picture,
    shadow,
    summary,
)
from argosy.rollout.gate import Gate, decide
from argosy.rollout.report import Flip
from argosy.supervisor.rollouts.reporting import write
from argosy.supervisor.rollouts.stored import StoredRollout, StoredShadow
from argosy.supervisor.status import ModelStatus, RolloutStatus
from tests.rollout.pairs import SEED, pairs


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


def test_a_gate_that_only_observes_shows_what_it_has_observed() -> None:
    decision = decide(Gate(0.02, kind="point"), pairs(49, 0, 1), 50, SEED)
    console = Console(width=120)
    with console.capture() as capture:
        for line in gate(decision):
            console.print(line)
    shown = capture.get().splitlines()
    assert shown[1] == "  observed    -0.02 so far, -0.02 or more is enough after all items"
    assert shown[-1].startswith("  Not worse by more than 0.02 on the suite itself")


def test_a_dip_says_what_is_done_and_since_when_nobody_answers() -> None:
    rollout = RolloutStatus(2, 1, 0, (100,), asks_before=True)
    model = ModelStatus("m", "python", "rolling", 1, 2, 1, 1, "", rollout=rollout)
    assert summary(model) == "r1 → r2 waits while r1 is asked, which then stops"
    down = replace(rollout, asks_before=False, down_since=time.time() - 7)
    assert summary(replace(model, rollout=down)) == (
        "r1 → r2 starts in its place; nobody answers for 7 s now"
    )
    asked = replace(down, verdict="proving")
    assert "r1 → r2 is asked in its place" in summary(replace(model, rollout=asked))


def test_the_last_rollout_shows_what_decided_it_and_where_its_report_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    decision = decide(Gate(0.05), pairs(6, 0, 9), 100, SEED)
    last = StoredRollout("m", 2, 1, 1000.0, decision=decision.as_data(), id=7)
    last = last.ended("rolled back", now=1002.0)
    write(Path("state"), last)
    first = replace(last, revision=1, before=0, id=6, reason="back by hand")
    model = ModelStatus("m", "python", "failed", 1, 2, 1, 1, "")
    console = Console(width=200)
    with console.capture() as capture:
        console.print(picture(model, [last, first], None, tmp_path / "state"))
    head, _, before, found, report, *rested, older = capture.get().splitlines()
    assert (head, before) == ("m r1 serves, r2 failed", "BEFORE")
    assert "r1 → r2  rolled back after 2 s  Worse by more than 0.05" in found
    assert report == "    state/rollouts/m.r2-7.html"
    assert [line.split()[0] for line in rested] == ["items", "not", "worse", "all"]
    assert rested[-1].endswith("0 gained, 7 lost, 3 alike")
    assert "back by hand" in older


def test_a_rollout_that_is_paused_says_what_can_be_decided() -> None:
    rollout = RolloutStatus(2, 1, 10, (10, 100), paused=True, reason="it was paused")
    model = ModelStatus("m", "python", "paused", 1, 2, 1, 1, "", rollout=rollout)
    console = Console(width=200)
    with console.capture() as capture:
        console.print(picture(model, [], None, Path("state")))
    assert capture.get().splitlines()[-1] == (
        "  It waits for you: `argosy rollout resume m`, `argosy rollout promote m` or"
        " `argosy rollout abort m`."
    )


def test_where_no_revision_serves_that_is_said() -> None:
    model = ModelStatus("m", "python", "failed", None, 1, 1, 0, "")
    console = Console(width=200)
    with console.capture() as capture:
        console.print(picture(model, [], None, Path("state")))
    assert capture.get() == "m r1 failed, and none serves\n"
