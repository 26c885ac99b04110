from __future__ import annotations

import json

import pytest

from tests.runner.conftest import Start
from tests.runner.replicas import Replica

UPLOAD = """
class Model:
    def predict(self, content: bytes):
        return len(content)
"""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"input": 1', "truncated"),
        (b"", "truncated"),
        (b"[1]", "got a list"),
        (b'{"value": 1}', 'got an object with "value"'),
        (b'{"input": 1, "inputs": [1]}', "got both"),
        (b"{}", "got neither"),
        (b'{"inputs": 3}', 'got an "inputs" that is no list'),
        (b'{"input": ' + b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_body_that_is_no_request_says_what_was_expected(
    echo: Replica, content: bytes, expected: str
) -> None:
    answer = echo.post(content=content)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 400
    assert problem["title"]
    assert expected in problem["detail"]


def test_any_json_value_comes_back_as_it_was(echo: Replica) -> None:
    for value in (None, True, "é😀", 1.5, [1, [2]], {"a": {"b": None}}, 2**70):
        assert echo.ask(value) == value


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "application/vnd.x+json",
     "application/x-www-form-urlencoded"],
)  # fmt: skip
def test_what_curl_and_others_call_json_is_json(echo: Replica, content_type: str) -> None:
    answer = echo.post({"input": 1}, content_type=content_type)
    assert answer.json() == {"output": 1}


def test_a_file_is_the_input_of_a_model_that_takes_bytes(serve: Start) -> None:
    replica = serve(UPLOAD)
    answer = replica.post(content=bytes(range(256)) * 8192, content_type="image/png")
    assert answer.json() == {"output": 256 * 8192}
    refused = replica.post({"input": "text"})
    assert refused.status_code == 422
    assert "application/octet-stream" in refused.json()["detail"]
    form = replica.client.post("/predict", files={"photo": bytes(range(256))})
    assert form.json() == {"output": 256}


def test_a_file_is_refused_by_a_model_that_takes_text(serve: Start) -> None:
    replica = serve("class Model:\n    def predict(self, text: str):\n        return text\n")
    assert replica.post(content=b"x", content_type="image/png").status_code == 415


def test_large_inputs_and_outputs_pass_whole(echo: Replica) -> None:
    value = ["x" * 1_000_000] * 8
    assert json.loads(echo.post({"input": value}).content) == {"output": value}
