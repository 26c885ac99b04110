from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.runner.conftest import Start
from tests.runner.replicas import Replica, until

ECHO = "class Model:\n    def predict(self, value):\n        return value\n"


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    run = Path(tempfile.mkdtemp(prefix="argosy-"))
    replica = Replica(tmp_path_factory.mktemp("echo"), run, ECHO)
    yield replica.until_ready()
    replica.stop()
    shutil.rmtree(run)


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
    form = replica.post(content=b"--x", content_type="multipart/form-data; boundary=x")
    assert form.status_code == 415


def test_a_file_is_refused_by_a_model_that_takes_text(serve: Start) -> None:
    replica = serve("class Model:\n    def predict(self, text: str):\n        return text\n")
    assert replica.post(content=b"x", content_type="image/png").status_code == 415


def test_a_body_above_the_limit_is_refused(serve: Start) -> None:
    replica = serve(ECHO, max_body=1_000_000)
    assert replica.post({"input": "x" * 900_000}).status_code == 200
    assert replica.post({"input": "x" * 1_100_000}).status_code == 413

    def pieces() -> Any:
        for _ in range(20):
            yield b"x" * 100_000

    assert replica.client.post("/predict", content=pieces()).status_code == 413


def test_other_paths_and_methods_are_told_what_exists(echo: Replica) -> None:
    missing = echo.client.get("/nothing")
    assert missing.status_code == 404
    assert "/predict" in missing.json()["detail"]
    wrong = echo.client.get("/predict")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    assert echo.client.post("/ready").headers["allow"] == "GET, HEAD"


def test_metrics_count_what_was_answered(serve: Start) -> None:
    replica = serve(ECHO)
    replica.ask(1)
    replica.post(content=b"{")
    found = {
        (sample.name, sample.labels.get("code")): sample
        for family in text_string_to_metric_families(replica.client.get("/metrics").text)
        for sample in family.samples
    }
    assert found["argosy_requests_total", "200"].value == 1
    assert found["argosy_requests_total", "400"].value == 1
    assert found["argosy_requests_total", "200"].labels["replica"] == "m.r1.0"
    assert found["argosy_request_seconds_count", None].value == 2
    assert found["argosy_load_seconds", None].value > 0


def test_health_answers_while_the_model_loads_and_ready_does_not(start: Start) -> None:
    replica = start(
        "import os, time\nwhile not os.path.exists('go'):\n    time.sleep(0.01)\n" + ECHO
    )
    until(lambda: replica.state()["state"] == "loading", "loading")
    assert replica.client.get("/health").status_code == 200
    assert replica.client.get("/ready").status_code == 503
    refused = replica.post({"input": 1})
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    (replica.folder / "code" / "go").touch()
    state = replica.until_ready().state()
    assert state["state"] == "ready"
    assert 0 < state["cold_start"]["start"] < 20
    assert state["cold_start"]["load"] > 0


def test_health_and_ready_answer_while_the_model_computes(serve: Start) -> None:
    replica = serve(
        """
        import os, time
        class Model:
            def predict(self, _):
                while not os.path.exists("go"):
                    time.sleep(0.01)
        """
    )
    asking = threading.Thread(target=replica.ask, args=(None,))
    asking.start()
    until(lambda: "} 1.0" in gauge(replica, "argosy_in_flight"), "computing")
    assert replica.client.get("/health").status_code == 200
    assert replica.client.get("/ready").status_code == 200
    (replica.folder / "code" / "go").touch()
    asking.join()


def test_large_inputs_and_outputs_pass_whole(echo: Replica) -> None:
    value = ["x" * 1_000_000] * 8
    assert json.loads(echo.post({"input": value}).content) == {"output": value}


def gauge(replica: Replica, name: str) -> str:
    lines = replica.client.get("/metrics").text.splitlines()
    return next(line for line in lines if line.startswith(name + "{"))
