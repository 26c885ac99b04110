from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files
from tests.lint.one_service import vllm

CODE = "AI302"


@pytest.mark.parametrize(
    ("below", "line"),
    [
        ("", 2),
        ("deploy:\n  resources:\n    limits: {memory: 8g}", 6),
        ("cpus: 0", 2),
        ("cpu_shares: 512", 2),
    ],
)
def test_a_model_service_without_a_limit_is_told(tmp_path: Path, below: str, line: int) -> None:
    report = lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE)
    assert lines(report) == [("compose.yaml", line)]


@pytest.mark.parametrize(
    "below",
    [
        "cpus: 4",
        'cpus: "0.5"',
        'cpuset: "0-3"',
        "cpu_quota: 200000",
        "deploy: {resources: {limits: {cpus: '${CPUS:-4}'}}}",
    ],
)
def test_a_limit_of_any_form_is_fine(tmp_path: Path, below: str) -> None:
    assert not lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE).found
