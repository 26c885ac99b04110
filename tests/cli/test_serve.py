from __future__ import annotations

import shlex
from typing import Any

import pytest

from argosy.cli.serve import _curl

URL = "http://127.0.0.1:8000"
FILE = "application/octet-stream"


def document(content: dict[str, Any], path: str = "/predict") -> dict[str, Any]:
    return {"paths": {path: {"post": {"requestBody": {"content": content}}}}}


def json_example(value: Any) -> dict[str, Any]:
    return {"application/json": {"examples": {"input": {"value": value}}}}


def test_the_line_is_the_example_as_a_shell_takes_it() -> None:
    line = _curl(document(json_example({"input": "it's é"})), URL)
    assert shlex.split(line) == ["-d", '{"input": "it\'s é"}', f"{URL}/predict"]


def test_of_a_chat_it_is_the_only_example() -> None:
    content: dict[str, Any] = {"application/json": {"example": {"messages": []}}}
    line = _curl(document(content, "/v1/chat/completions"), URL)
    assert line == f"-d '{{\"messages\": []}}' {URL}/v1/chat/completions"


def test_a_file_is_sent_as_it_is() -> None:
    assert shlex.split(_curl(document({FILE: {}}), URL))[:2] == ["--data-binary", "@FILE"]
    line = _curl(document({FILE: {"example": "some bytes"}}), URL)
    assert shlex.split(line) == [
        "--data-binary", "some bytes", "-H", f"content-type: {FILE}", f"{URL}/predict",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"paths": {"/health": {"get": {}}}},
        document({"application/json": {}}),
        document(json_example({"input": [0.0] * 1000})),
    ],
)
def test_without_an_example_that_fits_a_line_there_is_none(found: dict[str, Any]) -> None:
    assert _curl(found, URL) == ""
