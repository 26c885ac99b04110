from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.project.facts import Facts, ServiceFacts
from argosy.lint.settings import Settings
from tests.lint.files import lines, lint_files, mended
from tests.lint.one_service import vllm

CODE = "AI313"


def drained(seconds: float) -> Settings:
    return Settings(facts=Facts(everywhere=ServiceFacts(drain=seconds)))


@pytest.mark.parametrize(
    ("below", "line", "has"),
    [
        ("", 2, "10s, Docker's default"),
        ("stop_grace_period: 5s", 4, "5s"),
        ("stop_grace_period:", 4, "10s, Docker's default"),
    ],
)
def test_a_short_period_is_told(tmp_path: Path, below: str, line: int, has: str) -> None:
    report = lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE)
    assert lines(report) == [("compose.yaml", line)]
    what = f"`llm` is killed after {has}, in the middle of its answers"
    assert report.found[0].finding.what == what


@pytest.mark.parametrize("period", ["60s", "1m30s", "10s", "${PERIOD}", "${PERIOD:-1m}"])
def test_a_period_of_its_own_and_an_unknown_one_are_fine(tmp_path: Path, period: str) -> None:
    text = vllm(f"stop_grace_period: {period}")
    assert not lint_files(tmp_path, {"compose.yaml": text}, CODE).found


def test_what_was_measured_decides(tmp_path: Path) -> None:
    text = vllm("stop_grace_period: 60s")
    report = lint_files(tmp_path, {"compose.yaml": text}, CODE, drained(90))
    assert report.found[0].finding.next_step == "Set `stop_grace_period: 90s`."
    assert not lint_files(tmp_path / "quick", {"compose.yaml": vllm()}, CODE, drained(4)).found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("cpus: 1  # one", "cpus: 1  # one\nstop_grace_period: 30s"),
        ("stop_grace_period: '5s'  # hm", "stop_grace_period: '30s'  # hm"),
        ("stop_grace_period: ${PERIOD:-5s}", "stop_grace_period: ${PERIOD:-5s}"),
    ],
)
def test_the_period_is_set_where_no_variable_says_it(
    tmp_path: Path, before: str, after: str
) -> None:
    lint_files(tmp_path, {"compose.yaml": vllm(before)})
    assert mended(tmp_path, CODE) == {"compose.yaml": vllm(after)}
