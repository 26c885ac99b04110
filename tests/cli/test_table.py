from __future__ import annotations

from dataclasses import replace

from argosy.cli.table import ago, failure, phases, revision, seconds, summary, warnings
from argosy.platforms.platform import ColdStart, Replica
from argosy.supervisor.status import ModelStatus

MODEL = ModelStatus("digits", "onnx", "ready", 1, 1, 2, 2, "http://127.0.0.1:8080/api/digits")


def test_a_model_is_one_line() -> None:
    assert summary(MODEL).split() == ["digits", "r1", "2/2", "ready", MODEL.url]


def test_a_revision_on_its_way_is_shown_beside_what_serves() -> None:
    moving = ModelStatus("digits", "onnx", "starting", 1, 2, 2, 2, MODEL.url)
    assert revision(moving) == "r1 → r2"
    assert revision(MODEL) == "r1"


def test_a_cold_start_is_shown_by_phase() -> None:
    assert phases(ColdStart(0.21, 1.04, 0.1)) == "1.4 s (0.2 start, 1.0 load, 0.1 warm-up)"
    assert phases(None) == "-"
    assert seconds(130.4) == "130 s"


def test_only_the_last_lines_of_a_long_reason_are_shown() -> None:
    reason = "\n".join(f"line {number}" for number in range(20))
    failed = ModelStatus("a", "python", "failed", None, 1, 1, 0, MODEL.url, reason=reason)
    assert failure(failed).splitlines() == [
        "a: line 14",
        *(f"    line {number}" for number in range(15, 20)),
    ]


def test_what_all_replicas_warn_of_is_said_once() -> None:
    replicas = [
        Replica("digits", 1, index, "ready", warning="served unbatched: …", address="unix:/s")
        for index in range(2)
    ]
    assert warnings(replace(MODEL, replicas=tuple(replicas))) == ["digits: served unbatched: …"]
    assert warnings(MODEL) == []


def test_a_time_that_has_passed_is_told_roughly() -> None:
    assert ago(12.4) == "12 s ago"
    assert ago(1800) == "30 min ago"
