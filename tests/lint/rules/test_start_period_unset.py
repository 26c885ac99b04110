from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.project.facts import Facts, ServiceFacts
from argosy.lint.settings import Settings
from tests.lint.files import lines, lint_files, mended
from tests.lint.one_service import vllm

CODE = "AI305"
BASE = "FROM vllm/vllm-openai:v0.11.0\n"


@pytest.mark.parametrize(
    "below",
    [
        "healthcheck: {test: ask}",
        "healthcheck: {interval: 5s}",
        "healthcheck: {test: ask, start_period: 0s}",
        "healthcheck: {test: ask, start_period: }",
        "healthcheck: {test: ask, start_interval: 5s}",
    ],
)
def test_a_check_without_a_start_period_is_told(tmp_path: Path, below: str) -> None:
    report = lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE)
    assert lines(report) == [("compose.yaml", 4)]
    assert report.found[0].severity == "error"


@pytest.mark.parametrize(
    "below",
    [
        "",
        "healthcheck: {test: ask, start_period: 1s}",
        "healthcheck: {test: ask, start_period: '${START}'}",
        "healthcheck: {disable: true}",
        "healthcheck: {test: [NONE]}",
    ],
)
def test_one_that_is_set_or_unknown_is_fine(tmp_path: Path, below: str) -> None:
    assert not lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE).found


def test_what_the_service_leaves_out_is_that_of_its_image(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services:\n  llm: {build: ., healthcheck: {test: ask}}\n",
        "Dockerfile": f"{BASE}HEALTHCHECK --start-period=5m CMD ask\n",
    }
    assert not lint_files(tmp_path, files, CODE).found


def test_the_check_of_an_image_that_its_service_uses_is_told_there(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services:\n  llm: {build: .}\n",
        "Dockerfile": f"{BASE}HEALTHCHECK --interval=9s CMD ask\n",
    }
    assert lines(lint_files(tmp_path, files, CODE)) == [("Dockerfile", 2)]
    text = f"{BASE}HEALTHCHECK --start-period=5m --interval=9s CMD ask\n"
    assert mended(tmp_path, CODE)["Dockerfile"] == text


def test_an_empty_period_of_an_image_is_replaced(tmp_path: Path) -> None:
    lint_files(tmp_path, {"Dockerfile": f"{BASE}HEALTHCHECK --start-period=0s \\\n CMD ask\n"})
    text = f"{BASE}HEALTHCHECK --start-period=5m \\\n CMD ask\n"
    assert mended(tmp_path, CODE) == {"Dockerfile": text}


@pytest.mark.parametrize("none", ["HEALTHCHECK NONE", "# HEALTHCHECK CMD ask"])
def test_an_image_without_a_check_is_no_matter_of_this_rule(tmp_path: Path, none: str) -> None:
    assert not lint_files(tmp_path, {"Dockerfile": f"{BASE}{none}\n"}, CODE).found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "healthcheck:\n  # asks\n  test: ask  # a\nrestart: no",
            "healthcheck:\n  # asks\n  test: ask  # a\n  start_period: 5m\n  start_interval: 5s\nrestart: no",  # noqa: E501
        ),
        (
            "healthcheck: {test: [CMD, 'ask']}  # asks",
            "healthcheck: {test: [CMD, 'ask'], start_period: 5m, start_interval: 5s}  # asks",
        ),
        (
            "healthcheck: {test: ask, start_period: '0s', start_interval: 1s}",
            "healthcheck: {test: ask, start_period: '5m', start_interval: 1s}",
        ),
    ],
)
def test_the_periods_are_added_in_the_form_of_the_check(
    tmp_path: Path, before: str, after: str
) -> None:
    lint_files(tmp_path, {"compose.yaml": vllm(before)})
    assert mended(tmp_path, CODE) == {"compose.yaml": vllm(after)}


def test_the_period_is_twice_the_cold_start_that_is_known(tmp_path: Path) -> None:
    settings = Settings(facts=Facts(everywhere=ServiceFacts(cold_start=45)))
    report = lint_files(
        tmp_path, {"compose.yaml": vllm("healthcheck: {test: ask}")}, CODE, settings
    )
    step = "Set `start_period: 90s` and `start_interval: 5s`."
    assert report.found[0].finding.next_step == step


def test_a_check_that_several_services_share_is_not_edited(tmp_path: Path) -> None:
    text = """
        x-check: &check {test: ask}
        services:
          a: {image: "vllm/vllm-openai:v0.11.0", healthcheck: *check}
          b: {image: "vllm/vllm-openai:v0.11.0", healthcheck: *check}
        """
    lint_files(tmp_path, {"compose.yaml": text})
    before = (tmp_path / "compose.yaml").read_text()
    assert mended(tmp_path, CODE) == {"compose.yaml": before}
