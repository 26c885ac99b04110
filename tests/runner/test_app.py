from __future__ import annotations

import threading
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.runner.conftest import Start
from tests.runner.replicas import Replica
from tests.waiting import until

ECHO = "class Model:\n    def predict(self, value):\n        return value\n"


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
    assert state["device"] == ""  # nothing tells where a model without torch computes
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


def gauge(replica: Replica, name: str) -> str:
    lines = replica.client.get("/metrics").text.splitlines()
    return next(line for line in lines if line.startswith(name + "{"))
