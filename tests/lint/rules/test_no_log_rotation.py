from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended
from tests.lint.one_service import vllm

CODE = "AI315"


@pytest.mark.parametrize(
    ("below", "line"),
    [
        ("", 2),
        ("logging:\n  driver: json-file", 4),
        ("logging: {options: {tag: a}}", 4),
        ("logging: {driver: json-file, options: {max-file: '3'}}", 4),
        ("logging:", 4),
    ],
)
def test_a_log_that_grows_is_told(tmp_path: Path, below: str, line: int) -> None:
    report = lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE)
    assert lines(report) == [("compose.yaml", line)]


@pytest.mark.parametrize(
    "below",
    [
        "logging: {driver: local}",
        "logging: {driver: none}",
        "logging: {driver: journald}",
        "logging: {options: {max-size: 10m}}",
        "logging: {driver: '${DRIVER}'}",
    ],
)
def test_other_drivers_and_a_size_are_fine(tmp_path: Path, below: str) -> None:
    assert not lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE).found


def test_a_shared_block_counts_for_all_that_have_it(tmp_path: Path) -> None:
    text = """
        x-logging: &logging {options: {max-size: 10m}}
        services:
          a: {image: "vllm/vllm-openai:v0.11.0", logging: *logging}
          b: {image: "ollama/ollama:0.12.6", logging: *logging}
        """
    assert not lint_files(tmp_path, {"compose.yaml": text}, CODE).found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "cpus: 1",
            'cpus: 1\nlogging:\n  driver: json-file\n  options:\n    max-size: 50m\n    max-file: "5"',  # noqa: E501
        ),
        (
            "logging:\n  driver: json-file  # a",
            'logging:\n  driver: json-file  # a\n  options:\n    max-size: 50m\n    max-file: "5"',
        ),
        ("logging: {options: {tag: a}}", "logging: {options: {tag: a, max-size: 50m}}"),
        ("logging:\n  options:\n    tag: a", "logging:\n  options:\n    tag: a\n    max-size: 50m"),
        ("logging:", 'logging:\n  options:\n    max-size: 50m\n    max-file: "5"'),
    ],
)
def test_a_size_is_added_to_what_is_there(tmp_path: Path, before: str, after: str) -> None:
    lint_files(tmp_path, {"compose.yaml": vllm(before)})
    assert mended(tmp_path, CODE) == {"compose.yaml": vllm(after)}
