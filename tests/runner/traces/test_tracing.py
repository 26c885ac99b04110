from __future__ import annotations

import contextlib
import itertools
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import httpx
import pytest

from argosy_runner.protocols.open_inference.messages import CLASSES
from tests.collector import Collector, Span, collecting
from tests.runner.conftest import ECHO, Start

SLOW = """
import time
class Model:
    max_batch = 8
    def predict(self, values):
        time.sleep(0.2)
        return values
"""
STREAM = """
import asyncio
class Model:
    async def stream(self, value):
        await asyncio.sleep(0.1)
        for number in range(3):
            yield number
"""
NUMBERS = itertools.count(1)


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as made:
        yield made


def a_trace() -> tuple[str, str]:
    """A new trace id, and the header that continues it."""
    trace_id = f"{next(NUMBERS):032x}"
    return trace_id, f"00-{trace_id}-{'b' * 16}-01"


def inside(inner: Span, outer: Span) -> bool:
    return outer.began <= inner.began <= inner.ended <= outer.ended


def test_a_request_waits_and_is_computed_within_its_trace(
    serve: Start, collector: Collector
) -> None:
    replica = serve(SLOW, traces=collector.address, replica="slow.r2.1", revision="r2")
    trace_id, header = a_trace()

    assert replica.post({"input": 1}, traceparent=header).json() == {"output": 1}

    spans = collector.trace(trace_id, "POST /predict", "queue", "compute")
    request, queue, compute = spans["POST /predict"], spans["queue"], spans["compute"]
    assert request.parent_id == "b" * 16
    assert queue.parent_id == compute.parent_id == request.span_id
    assert inside(queue, request)
    assert inside(compute, request)
    assert queue.ended <= compute.began
    assert 0.2 <= (compute.ended - compute.began) / 1e9 < 5
    assert request.service == "m"
    assert request.values["http.response.status_code"] == 200
    assert compute.values["argosy.rows"] == 1
    assert compute.values["process.pid"] == replica.worker()
    assert not request.failed


def test_requests_that_are_computed_together_keep_their_own_traces(
    serve: Start, collector: Collector
) -> None:
    replica = serve(SLOW, traces=collector.address)
    traces = [a_trace() for _ in range(6)]

    with ThreadPoolExecutor(6) as threads:
        answers = threads.map(
            lambda one: replica.post({"input": one[0]}, traceparent=one[1]).json(), traces
        )
        assert [answer["output"] for answer in answers] == [trace_id for trace_id, _ in traces]

    rows = set()
    for trace_id, _ in traces:
        spans = collector.trace(trace_id, "POST /predict", "queue", "compute")
        assert spans["compute"].parent_id == spans["POST /predict"].span_id
        rows.add(spans["compute"].values["argosy.rows"])
    assert max(rows) > 1
    assert len({span.span_id for span in collector.spans}) == len(collector.spans) == 18


def test_a_stream_tells_when_its_first_piece_came(serve: Start, collector: Collector) -> None:
    replica = serve(STREAM, traces=collector.address)
    trace_id, header = a_trace()

    assert replica.post({"input": 1}, traceparent=header).text.count("data:") == 4

    spans = collector.trace(trace_id, "POST /predict", "queue", "compute")
    assert spans["POST /predict"].values["argosy.first_piece_ns"] >= 1e8
    assert spans["compute"].ended - spans["compute"].began >= 1e8


def test_what_goes_wrong_is_told(serve: Start, collector: Collector) -> None:
    code = "class Model:\n    def predict(self, value):\n        return {}[value]\n"
    replica = serve(code, traces=collector.address)
    trace_id, header = a_trace()

    assert replica.post({"input": "x"}, traceparent=header).status_code == 500

    spans = collector.trace(trace_id, "POST /predict", "compute")
    assert spans["POST /predict"].failed
    assert spans["POST /predict"].values["http.response.status_code"] == 500
    assert spans["compute"].failed


def test_a_worker_that_dies_of_a_request_is_in_its_trace(
    serve: Start, collector: Collector
) -> None:
    code = "import os\nclass Model:\n    def predict(self, value):\n        os._exit(3)\n"
    replica = serve(code, traces=collector.address)
    trace_id, header = a_trace()

    assert replica.post({"input": "x"}, traceparent=header).status_code == 500

    collector.trace(trace_id, "POST /predict", "compute")
    computed = [one for one in collector.spans if one.name == "compute"]
    assert [one.failed for one in computed] == [True, True]  # it was tried once more


def test_a_caller_that_leaves_ends_its_span(serve: Start, collector: Collector) -> None:
    replica = serve(SLOW, traces=collector.address)
    trace_id, header = a_trace()

    with contextlib.suppress(httpx.ReadTimeout):
        replica.client.post(
            "/predict", json={"input": 1}, headers={"traceparent": header}, timeout=0.05
        )

    span = collector.trace(trace_id, "POST /predict")["POST /predict"]
    assert span.ended > span.began


def test_a_grpc_call_is_traced_too(serve: Start, collector: Collector, tmp_path: Path) -> None:
    address = f"unix:{tmp_path}/g"
    serve(ECHO, traces=collector.address, grpc_listen=address)
    trace_id, header = a_trace()

    with grpc.insecure_channel(address) as channel:
        live = channel.unary_unary(
            "/inference.GRPCInferenceService/ServerLive",
            request_serializer=CLASSES["ServerLiveRequest"].SerializeToString,
            response_deserializer=CLASSES["ServerLiveResponse"].FromString,
        )
        assert live(CLASSES["ServerLiveRequest"](), metadata=[("traceparent", header)]).live

    name = "inference.GRPCInferenceService/ServerLive"
    span = collector.trace(trace_id, name)[name]
    assert span.parent_id == "b" * 16
    assert not span.failed


def test_what_is_not_sampled_is_answered_and_not_sent(serve: Start, collector: Collector) -> None:
    replica = serve(ECHO, traces=collector.address)
    trace_id, header = a_trace()

    replica.ask(1)
    replica.post({"input": 1}, traceparent=f"00-{'f' * 32}-{'b' * 16}-00")
    replica.post({"input": 1}, traceparent=header)

    collector.trace(trace_id, "POST /predict", "queue", "compute")
    assert {span.trace_id for span in collector.spans} == {trace_id}


def test_spans_of_the_last_moment_are_sent_before_it_ends(
    serve: Start, collector: Collector
) -> None:
    replica = serve(ECHO, traces=collector.address)
    trace_id, header = a_trace()

    replica.post({"input": 1}, traceparent=header)
    replica.process.send_signal(signal.SIGTERM)
    replica.process.wait(20)

    found = {span.name for span in collector.spans if span.trace_id == trace_id}
    assert found == {"POST /predict", "queue", "compute"}


def test_without_a_collector_requests_are_answered(serve: Start) -> None:
    with collecting() as gone:
        pass
    replica = serve(ECHO, traces=gone.address)

    for _ in range(20):
        assert replica.post({"input": 1}, traceparent=a_trace()[1]).status_code == 200


def test_a_worker_times_nothing_where_no_traces_are_asked_for(serve: Start) -> None:
    code = """
    import sys
    class Model:
        def predict(self, value):
            return sorted(sys.modules)
    """
    assert "argosy_runner.worker.times" not in serve(code).ask(1)
