from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.project.facts import Facts, ServiceFacts
from argosy.lint.settings import Settings
from tests.lint.files import lines, lint_files, mended
from tests.lint.one_service import vllm

CODE = "AI303"
MEASURED = Settings(facts=Facts(services={"llm": ServiceFacts(memory_p99=14 << 30)}))


def test_a_limit_below_the_measured_peak_and_a_fifth_is_told(tmp_path: Path) -> None:
    report = lint_files(tmp_path, {"compose.yaml": vllm("mem_limit: 15g")}, CODE, MEASURED)
    assert lines(report) == [("compose.yaml", 4)]
    assert report.found[0].finding.what == "the limit is 15.0 GiB where 14.0 GiB were measured"


@pytest.mark.parametrize("below", ["mem_limit: 17g", "", "mem_limit: '${MEMORY}'"])
def test_room_enough_and_what_cannot_be_read_are_fine(tmp_path: Path, below: str) -> None:
    assert not lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE, MEASURED).found


def test_nothing_is_said_of_what_nobody_measured(tmp_path: Path) -> None:
    assert not lint_files(tmp_path, {"compose.yaml": vllm("mem_limit: 1m")}, CODE).found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("mem_limit: 15g  # measured", "mem_limit: 17g  # measured"),
        ('mem_limit: "15g"', 'mem_limit: "17g"'),
        (
            "deploy: {resources: {limits: {memory: 15G}}}",
            "deploy: {resources: {limits: {memory: 17g}}}",
        ),
        ("mem_limit: ${MEMORY:-15g}", "mem_limit: ${MEMORY:-15g}"),
    ],
)
def test_the_limit_is_raised_where_it_is_written(tmp_path: Path, before: str, after: str) -> None:
    lint_files(tmp_path, {"compose.yaml": vllm(before)}, CODE, MEASURED)
    assert mended(tmp_path, CODE, MEASURED) == {"compose.yaml": vllm(after)}
