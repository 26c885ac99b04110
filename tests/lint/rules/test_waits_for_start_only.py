from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended

CODE = "AI311"
MODEL = """services:
  llm:
    image: vllm/vllm-openai:v0.11.0
    healthcheck: {test: ask}
  db: {image: "postgres:17"}
  app:
    image: my/app:1
"""


@pytest.mark.parametrize(
    ("depends", "line"),
    [
        ("    depends_on: [db, llm]\n", 8),
        ("    depends_on:\n      - llm\n", 9),
        ("    depends_on:\n      llm: {condition: service_started}\n", 9),
        ("    depends_on:\n      llm:\n        required: false\n", 9),
    ],
)
def test_who_waits_for_the_start_of_a_model_is_told(
    tmp_path: Path, depends: str, line: int
) -> None:
    report = lint_files(tmp_path, {"compose.yaml": MODEL + depends}, CODE)
    assert lines(report) == [("compose.yaml", line)]
    assert report.found[0].finding.subject == "app"


@pytest.mark.parametrize(
    "depends",
    [
        "    depends_on: {llm: {condition: service_healthy}}\n",
        "    depends_on: {llm: {condition: service_completed_successfully}}\n",
        "    depends_on: [db]\n",
        "    depends_on: []\n",
        "    depends_on:\n",
    ],
)
def test_who_waits_for_health_or_for_others_is_fine(tmp_path: Path, depends: str) -> None:
    assert not lint_files(tmp_path, {"compose.yaml": MODEL + depends}, CODE).found


def test_what_only_watches_may_come_early(tmp_path: Path) -> None:
    watcher = '  prometheus: {image: "prom/prometheus:v3", depends_on: [llm]}\n'
    assert not lint_files(tmp_path, {"compose.yaml": MODEL + watcher}, CODE).found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "    depends_on: [db, llm]  # both\n",
            "    depends_on: {db: {condition: service_started}, llm: {condition: service_healthy}}  # both\n",  # noqa: E501
        ),
        (
            "    depends_on:\n      - db  # rows\n      # answers\n      - llm\n    restart: no\n",
            "    depends_on:\n      db:\n        condition: service_started  # rows\n      # answers\n      llm:\n        condition: service_healthy\n    restart: no\n",  # noqa: E501
        ),
        (
            "    depends_on:\n    - llm\n",
            "    depends_on:\n      llm:\n        condition: service_healthy\n",
        ),
        (
            "    depends_on:\n      llm: {condition: service_started, restart: true}\n",
            "    depends_on:\n      llm: {condition: service_healthy, restart: true}\n",
        ),
        (
            "    depends_on:\n      llm:\n        required: false\n",
            "    depends_on:\n      llm:\n        required: false\n        condition: service_healthy\n",  # noqa: E501
        ),
    ],
)
def test_both_forms_become_the_long_one(tmp_path: Path, before: str, after: str) -> None:
    lint_files(tmp_path, {"compose.yaml": MODEL + before})
    assert mended(tmp_path, CODE) == {"compose.yaml": MODEL + after}


def test_nothing_is_edited_where_the_model_has_no_health_check(tmp_path: Path) -> None:
    text = MODEL.replace("    healthcheck: {test: ask}\n", "") + "    depends_on: [llm]\n"
    report = lint_files(tmp_path, {"compose.yaml": text}, CODE)
    assert report.found[0].finding.next_step.startswith("Give `llm` a health check")
    assert mended(tmp_path, CODE) == {"compose.yaml": text}


@pytest.mark.parametrize(
    "text",
    [
        f"x-d: &d [llm]\n{MODEL}    depends_on: *d\n",
        f"{MODEL}    depends_on: &d [llm]\n  other: {{image: b, depends_on: *d}}\n",
        f"x-l: &l llm\n{MODEL}    depends_on: [*l]\n",
    ],
)
def test_what_is_shared_is_told_and_not_edited(tmp_path: Path, text: str) -> None:
    assert lint_files(tmp_path, {"compose.yaml": text}, CODE).found
    assert mended(tmp_path, CODE) == {"compose.yaml": text}


def test_lists_of_two_files_are_not_edited(tmp_path: Path) -> None:
    files = {
        "compose.yaml": MODEL + "    depends_on: [db]\n",
        "compose.override.yaml": "services:\n  app:\n    depends_on: [llm]\n",
    }
    assert lint_files(tmp_path, files, CODE).found
    assert mended(tmp_path, CODE) == dict(sorted(files.items()))
