"""One request can be followed everywhere: in the log, in the metrics, in one trace."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.collector import Collector, collecting
from tests.ports import free_address
from tests.scenarios.stack import ECHO, StackUnderTest
from tests.waiting import until

STREAM = """
import asyncio
class Model:
    async def stream(self, value):
        await asyncio.sleep(0.3)
        for number in range(3):
            yield number
"""
MODELS = "echo:\n  code: ./echo\n  replicas: 2\n  drain: 0s\nstory:\n  code: ./story\n  drain: 0s\n"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as made:
        yield made


@pytest.fixture(scope="module")
def prometheus_address() -> str:
    return free_address()


@pytest.fixture(scope="module")
def observed(
    module_stack: StackUnderTest, collector: Collector, prometheus_address: str
) -> StackUnderTest:
    """A stack with everything on."""
    module_stack.gateway = {"metrics": prometheus_address, "traces": collector.address}
    module_stack.write(MODELS, echo__model=ECHO, story__model=STREAM)
    module_stack.up()
    return module_stack


def logged(stack: StackUnderTest, request_id: str) -> dict[str, Any]:
    """The line of this request in the access log."""
    log = stack.folder / ".argosy" / "access.log"

    def found() -> dict[str, Any] | None:
        lines = [json.loads(line) for line in log.read_text().splitlines() if request_id in line]
        return lines[0] if lines else None

    line: dict[str, Any] = until(found, "the line is written")
    return line


def test_a_request_is_one_trace_through_gateway_runner_and_worker(
    observed: StackUnderTest, collector: Collector
) -> None:
    headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "x-request-id": "follow-me"}
    answer = httpx.post(f"{observed.url}/api/echo?key=secret", json={"input": 1}, headers=headers)
    assert answer.json() == {"output": 1}

    line = logged(observed, "follow-me")
    assert line["trace_id"] == TRACE
    assert line["replica"] in {"echo.r1.1", "echo.r1.2"}
    spans = collector.trace(TRACE, "ingress", "POST /predict", "queue", "compute")
    upstream = next(span for name, span in spans.items() if name.startswith("router "))
    assert spans["ingress"].parent_id == "00f067aa0ba902b7"
    assert upstream.parent_id == spans["ingress"].span_id
    assert spans["POST /predict"].parent_id == upstream.span_id
    assert spans["queue"].parent_id == spans["POST /predict"].span_id
    assert spans["compute"].parent_id == spans["POST /predict"].span_id
    assert [spans[name].service for name in ("ingress", "POST /predict")] == ["gateway", "echo"]
    assert spans["ingress"].began <= spans["queue"].began <= spans["compute"].began
    assert spans["compute"].ended <= spans["ingress"].ended
    assert "secret" not in repr(spans)


def scraped(address: str) -> dict[tuple[str, str, str], float]:
    """Of one scrape: values by name, model and replica or code."""
    text = httpx.get(f"http://{address}/metrics", timeout=20).text
    found = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            if "le" not in one.labels:
                told = one.labels.get("replica") or one.labels.get("code", "")
                found[one.name, one.labels.get("model", ""), told] = one.value
    return found


def test_one_scrape_tells_of_the_gateway_and_of_every_replica(
    observed: StackUnderTest, prometheus_address: str
) -> None:
    headers = {"accept": "text/event-stream"}
    answer = httpx.post(f"{observed.url}/api/story", json={"input": 1}, headers=headers)
    assert answer.text.count("data:") == 4

    first = "argosy_gateway_time_to_first_token_seconds"
    until(
        lambda: scraped(prometheus_address).get((f"{first}_count", "story", "")), "it is measured"
    )
    found = scraped(prometheus_address)
    assert found[f"{first}_sum", "story", ""] == pytest.approx(0.3, abs=0.2)
    assert found["argosy_gateway_requests_total", "story", "200"] == 1
    assert found["argosy_gateway_ready_replicas", "echo", ""] == 2
    for replica in ("echo.r1.1", "echo.r1.2", "story.r1.1"):
        model = replica.partition(".")[0]
        assert found["argosy_replica_metrics_answered", model, replica] == 1
        assert ("argosy_load_seconds", model, replica) in found
    assert found["argosy_time_to_first_token_seconds_count", "story", "story.r1.1"] == 1
    assert found["argosy_gateway_up", "", ""] == 1
    assert observed.argosy("metrics").out.startswith("# HELP argosy_gateway_requests_total ")


@pytest.mark.promtool
def test_prometheus_finds_no_fault_with_the_metrics(
    observed: StackUnderTest, promtool: Path
) -> None:
    observed.call("echo", 1)
    text = observed.argosy("metrics").out

    checked = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stderr + checked.stdout
    assert not checked.stderr


def test_the_gateways_log_is_shown_where_it_is_asked_for(observed: StackUnderTest) -> None:
    httpx.get(f"{observed.url}/nowhere", headers={"x-request-id": "lost"})
    logged(observed, "lost")

    shown = observed.argosy("logs", "gateway").out
    line = next(line for line in shown.splitlines() if '"lost"' in line)
    assert line.startswith("gateway | ")
    assert json.loads(line.removeprefix("gateway | "))["code"] == 404
    assert "lost" not in observed.argosy("logs").out
