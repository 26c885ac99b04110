from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.project.facts import Facts, ServiceFacts
from argosy.lint.settings import Settings
from tests.lint.files import lines, lint_files, mended
from tests.lint.one_service import vllm

CODE = "AI306"
MEASURED = Settings(facts=Facts(everywhere=ServiceFacts(cold_start=45)))
BASE = "FROM vllm/vllm-openai:v0.11.0\n"


def test_a_period_below_twice_the_cold_start_is_told(tmp_path: Path) -> None:
    text = vllm("healthcheck:\n  test: ask\n  start_period: 1m")
    report = lint_files(tmp_path, {"compose.yaml": text}, CODE, MEASURED)
    assert lines(report) == [("compose.yaml", 6)]
    what = "the start period is 1m, and a cold start takes 45s"
    assert report.found[0].finding.what == what


@pytest.mark.parametrize("period", ["90s", "1m30s", "5m", "'${PERIOD}'", "0s"])
def test_a_long_one_and_an_unset_one_are_fine(tmp_path: Path, period: str) -> None:
    text = vllm(f"healthcheck: {{test: ask, start_period: {period}}}")
    assert not lint_files(tmp_path, {"compose.yaml": text}, CODE, MEASURED).found


def test_nothing_is_said_of_what_nobody_measured(tmp_path: Path) -> None:
    text = vllm("healthcheck: {test: ask, start_period: 1s}")
    assert not lint_files(tmp_path, {"compose.yaml": text}, CODE).found


def test_the_period_becomes_twice_the_cold_start(tmp_path: Path) -> None:
    text = "healthcheck: {test: ask, start_period: %s}  # long"
    lint_files(tmp_path, {"compose.yaml": vllm(text % "60s")})
    assert mended(tmp_path, CODE, MEASURED) == {"compose.yaml": vllm(text % "90s")}


def test_a_variable_is_told_and_not_edited(tmp_path: Path) -> None:
    text = vllm("healthcheck: {test: ask, start_period: '${PERIOD:-1m}'}")
    assert lint_files(tmp_path, {"compose.yaml": text}, CODE, MEASURED).found
    assert mended(tmp_path, CODE, MEASURED) == {"compose.yaml": text}


def test_the_check_of_an_image_is_held_to_the_same(tmp_path: Path) -> None:
    text = BASE + "HEALTHCHECK --interval=9s --start-period=%s CMD ask\n"
    report = lint_files(tmp_path, {"Dockerfile": text % "1m"}, CODE, MEASURED)
    assert lines(report) == [("Dockerfile", 2)]
    assert mended(tmp_path, CODE, MEASURED) == {"Dockerfile": text % "90s"}
