from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended
from tests.lint.one_service import vllm

CODE = "AI314"
CPU = "vllm/vllm-openai-cpu:v0.11.0"


@pytest.mark.parametrize(
    ("below", "line"),
    [
        ("deploy:\n  update_config:\n    order: stop-first", 6),
        ("deploy:\n  update_config:\n    parallelism: 1", 5),
        ("deploy: {update_config: {}}", 4),
    ],
)
def test_an_update_that_stops_first_is_told(tmp_path: Path, below: str, line: int) -> None:
    report = lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE)
    assert lines(report) == [("compose.yaml", line)]


@pytest.mark.parametrize(
    "below",
    ["", "deploy: {}", "deploy: {update_config: {order: start-first}}"],
)
def test_start_first_and_no_updates_are_fine(tmp_path: Path, below: str) -> None:
    assert not lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE).found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "deploy:\n  update_config:\n    order: stop-first  # a",
            "deploy:\n  update_config:\n    order: start-first  # a",
        ),
        (
            "deploy: {update_config: {parallelism: 1}}",
            "deploy: {update_config: {parallelism: 1, order: start-first}}",
        ),
    ],
)
def test_the_order_is_turned_round(tmp_path: Path, before: str, after: str) -> None:
    lint_files(tmp_path, {"compose.yaml": vllm(before, CPU)})
    assert mended(tmp_path, CODE) == {"compose.yaml": vllm(after, CPU)}


def test_nothing_is_edited_where_two_would_want_the_same_gpu(tmp_path: Path) -> None:
    text = vllm("gpus: all\ndeploy: {update_config: {order: stop-first}}")
    assert lint_files(tmp_path, {"compose.yaml": text}, CODE).found
    assert mended(tmp_path, CODE) == {"compose.yaml": text}
