from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from argosy.rollout.comparison import Pair
from argosy.rollout.gate import Decision, Gate, decide, replays
from argosy.rollout.guards import Finding
from argosy.rollout.noise import measure
from argosy.rollout.report import Copies, Flip
from argosy.supervisor.rollouts.noise_floors import NoiseFloors
from argosy.supervisor.rollouts.reporting import Reports, answers, flips, report, report_file, write
from argosy.supervisor.rollouts.stored import StoredRollout, StoredShadow, answers_file
from argosy.supervisor.store import Store
from tests.supervisor.test_store import revision

GATE = Gate(margin=0.05)
PAIRS = (
    Pair("1", 1.0, 0.0, ("de",), 0.5),
    *(Pair(str(number), 1.0, 1.0, weight=1.0) for number in range(2, 9)),
)
DECISION = decide(GATE, PAIRS, 8, seed=7)
TRIPPED = Finding("error_rate", "tripped", "Error rate 10 % (5 of 50).")
ROLLOUT = replace(
    StoredRollout("digits", 2, 1, 1000.0, id=3).shifted(10, 1042.0),
    verdict="promote",
    decision=json.loads(json.dumps(DECISION.as_data())),
    guards=(TRIPPED,),
    suite="/state/suites/abc.jsonl",
).ended("rolled back", f"guard error_rate: {TRIPPED.sentence}", 1060.0)


def line(pair: Pair) -> str:
    """As the gate writes it."""
    before = {"score": pair.before, "answer": "a", "expected": "a", "tags": pair.tags, "reason": ""}
    after = {**before, "score": pair.after}
    if pair.difference:
        after |= {"answer": None, "reason": "no answer within 1 s"}
    told = {"item": pair.item, "weight": pair.weight, "before": before, "after": after}
    return json.dumps(told) + "\n"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    file = answers_file(tmp_path, ROLLOUT)
    file.parent.mkdir()
    file.write_text("".join(line(pair) for pair in PAIRS))
    return tmp_path


def test_a_kept_verdict_can_be_replayed_from_its_answers(state: Path) -> None:
    pairs = [one.pair for one in answers(state, ROLLOUT)]
    assert pairs == list(PAIRS)
    assert replays(Decision.from_data(ROLLOUT.decision), pairs)


def test_items_that_differ_are_told_with_what_was_said(state: Path) -> None:
    assert flips(state, ROLLOUT) == (Flip("1", "a", "a", "no answer within 1 s", 1.0, 0.0),)


def test_a_line_that_is_half_written_does_not_count_yet(state: Path) -> None:
    with answers_file(state, ROLLOUT).open("a") as file:
        file.write('{"item": "9"')
    assert len(list(answers(state, ROLLOUT))) == len(PAIRS)


def test_a_report_has_the_course_of_the_rollout(state: Path) -> None:
    found = report(state, ROLLOUT)
    assert (found.old, found.new, found.verdict) == ("r1", "r2", "rolled back")
    assert found.reason == "guard error_rate: Error rate 10 % (5 of 50)."
    lasted = [
        (one.weight, (one.ended - one.started).total_seconds()) for one in found.steps if one.ended
    ]
    assert lasted == [(0, 42), (10, 18)]
    assert found.course[-1].items == DECISION.seen
    assert found.guards == (TRIPPED,)


def test_a_rollout_that_was_asked_nothing_has_a_report_too(tmp_path: Path) -> None:
    plain = StoredRollout("digits", 2, 1, 1000.0, id=4).ended("promoted", "by hand", 1001.0)
    file = write(tmp_path, plain)
    assert file == report_file(tmp_path, plain) == tmp_path / "rollouts" / "digits.r2-4.html"
    assert "by hand" in file.read_text()
    assert list(file.parent.iterdir()) == [file]
    assert flips(tmp_path, plain) == ()


def test_reports_are_written_in_the_background(state: Path) -> None:
    store = Store(state / "state.sqlite")
    store.add_revision(revision(1), "new model")
    store.add_revision(revision(2), "code changed")

    async def end() -> None:
        reports = Reports(store, state, NoiseFloors(store, state))
        reports.begin(ROLLOUT)
        await reports.stop()

    asyncio.run(end())
    store.close()
    text = report_file(state, ROLLOUT).read_text()
    for part in ("error rate", "digest 1", "digest 2", "abc.jsonl"):
        assert part in text


def test_a_report_has_what_copies_have_shown_and_the_noise_floor(tmp_path: Path) -> None:
    shadow = StoredShadow(
        900,
        agreeing=178,
        differing=2,
        unpaired=3,
        left_out={"their answers are too long": 4},
        verdict="inconclusive",
        reason="Not shown to be alike.",
        low=0.96,
        high=0.997,
        differing_at_most=0.0512,
        margin=0.05,
        file="/stack/.argosy/rollouts/m.r2-1.shadow.jsonl",
    )
    noise = measure(500, 5, 0.05, 0.95, "e-process")
    found = report(tmp_path, replace(ROLLOUT, shadow=shadow), noise=noise)
    assert found.copies
    agreement = found.copies.agreement
    assert (agreement.verdict, agreement.rate.value) == ("inconclusive", 178 / 180)
    assert (agreement.rate.low, agreement.rate.high, agreement.total) == (0.96, 0.997, 900)
    assert replace(found.copies, agreement=agreement) == Copies(
        agreement, 0.05, 3, {"their answers are too long": 4}, "m.r2-1.shadow.jsonl"
    )
    assert found.noise == noise
    under_way = report(tmp_path, replace(ROLLOUT, shadow=replace(shadow, verdict="")))
    assert under_way.copies
    assert under_way.copies.agreement.verdict == "continue"


def test_a_report_that_cannot_be_written_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "rollouts").write_text("in the way")
    store = Store(tmp_path / "state.sqlite")

    async def end() -> None:
        reports = Reports(store, tmp_path, NoiseFloors(store, tmp_path))
        reports.begin(ROLLOUT)
        await reports.stop()

    asyncio.run(end())
    store.close()
    assert "the report of a rollout of digits could not be written" in caplog.text


def test_a_report_of_a_dip_says_since_when_nobody_answered(state: Path) -> None:
    dip = replace(ROLLOUT, shifts=(), down_since=1050.0)
    told = [
        ((one.ended - one.started).total_seconds(), one.note)
        for one in report(state, dip).steps
        if one.ended
    ]
    assert told == [(50, ""), (10, "r1 has stopped, nobody answers")]
