from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended
from tests.lint.one_service import vllm

CODE = "AI312"


@pytest.mark.parametrize("below", ["", "restart:", "deploy: {resources: {}}"])
def test_a_service_that_stays_down_is_told(tmp_path: Path, below: str) -> None:
    report = lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE)
    assert lines(report) == [("compose.yaml", 2)]


@pytest.mark.parametrize(
    "below",
    [
        "restart: always",
        'restart: "no"',
        "restart: ${RESTART}",
        "deploy: {restart_policy: {condition: on-failure}}",
    ],
)
def test_any_policy_is_a_decision(tmp_path: Path, below: str) -> None:
    assert not lint_files(tmp_path, {"compose.yaml": vllm(below)}, CODE).found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "environment: {A: b}  # c\n# end",
            "environment: {A: b}  # c\nrestart: unless-stopped\n# end",
        ),
        ("restart:  # when?", "restart: unless-stopped  # when?"),
    ],
)
def test_the_policy_is_added(tmp_path: Path, before: str, after: str) -> None:
    lint_files(tmp_path, {"compose.yaml": vllm(before)})
    assert mended(tmp_path, CODE) == {"compose.yaml": vllm(after)}


def test_a_service_in_brackets_keeps_them(tmp_path: Path) -> None:
    text = 'services: {llm: {image: "vllm/vllm-openai:v0.11.0"%s}}\n'
    lint_files(tmp_path, {"compose.yaml": text % ""})
    new = text % ", restart: unless-stopped"
    assert mended(tmp_path, CODE) == {"compose.yaml": new}


def test_a_service_that_is_an_alias_is_not_edited(tmp_path: Path) -> None:
    text = 'x-llm: &llm {image: "vllm/vllm-openai:v0.11.0"}\nservices: {a: *llm, b: *llm, c: {image: d}}\n'  # noqa: E501
    assert len(lint_files(tmp_path, {"compose.yaml": text}, CODE).found) == 2
    assert mended(tmp_path, CODE) == {"compose.yaml": text}
