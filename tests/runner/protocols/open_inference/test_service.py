from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import ml_dtypes
import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.grpc.aio
from hypothesis import given, settings
from hypothesis import strategies as st
from tritonclient.grpc import InferInput, InferRequestedOutput, service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException

from argosy_runner.protocols.open_inference.messages import SERVICE
from tests.ports import free_address
from tests.runner.protocols.open_inference.conftest import ONNX, Serve
from tests.runner.protocols.open_inference.test_rest import values_of
from tests.runner.replicas import Replica
from tests.waiting import until

SLOW = """
import time
class Model:
    def predict(self, seconds: float):
        time.sleep(seconds)
        return seconds
"""
ENDLESS = """
import itertools
class Model:
    async def stream(self, count: int):
        for number in range(count) if count >= 0 else itertools.count():
            if number == 3 and count == 4:
                raise ValueError("four is too many")
            yield {"number": number, "text": str(number)}
"""


def grpc_inputs(rows: int) -> list[InferInput]:
    found = []
    for datatype in ONNX:
        values = values_of(datatype, rows)
        found.append(InferInput(datatype, list(values.shape), datatype))
        found[-1].set_data_from_numpy(values)
    return found


def number(value: float, name: str = "input") -> list[InferInput]:
    found = InferInput(name, [1], "FP64")
    found.set_data_from_numpy(np.array([float(value)]))
    return [found]


def count(value: int) -> list[InferInput]:
    found = InferInput("input", [1], "INT64")
    found.set_data_from_numpy(np.array([value]))
    return [found]


@contextlib.contextmanager
def connected(replica: Replica) -> Iterator[Any]:
    with tritonclient.grpc.InferenceServerClient(replica.grpc) as client:
        yield client


@contextlib.contextmanager
def raw(replica: Replica) -> Iterator[Any]:
    with grpc.insecure_channel(replica.grpc) as channel:
        yield service_pb2_grpc.GRPCInferenceServiceStub(channel)


def status(error: Any) -> str:
    return str(error.value.status()).removeprefix("StatusCode.")


@pytest.fixture(scope="session")
def slow(serve_anew: Serve) -> Replica:
    return serve_anew(SLOW)


@pytest.fixture(scope="session")
def endless(serve_anew: Serve) -> Replica:
    return serve_anew(ENDLESS)


@pytest.mark.parametrize("rows", [1, 3, 150])
def test_every_datatype_goes_through_with_tritonclient(every: Replica, rows: int) -> None:
    with connected(every) as client:
        answer = client.infer("m", grpc_inputs(rows), request_id="7", parameters={"a": 1, "b": "x"})
    for name in ONNX:
        found = answer.as_numpy(f"{name}_OUT")
        assert found.dtype == values_of(name, rows).dtype
        assert np.array_equal(found, values_of(name, rows))
    response = answer.get_response()
    assert (response.id, response.model_name, response.model_version) == ("7", "m", "1")
    assert response.parameters["a"].int64_param == 1
    assert response.parameters["b"].string_param == "x"


async def test_many_at_once_with_the_asynchronous_client(every: Replica) -> None:
    async with tritonclient.grpc.aio.InferenceServerClient(every.grpc) as client:
        asked = [InferRequestedOutput("INT64_OUT")]
        answers = await asyncio.gather(
            *(client.infer("m", grpc_inputs(rows), outputs=asked) for rows in range(1, 30))
        )
    for rows, answer in enumerate(answers, 1):
        assert np.array_equal(answer.as_numpy("INT64_OUT"), values_of("INT64", rows))
        assert len(answer.get_response().outputs) == 1


def test_what_the_server_and_the_model_are(every: Replica) -> None:
    with connected(every) as client:
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready("m")
        with pytest.raises(InferenceServerException, match="no version '2'"):
            client.is_model_ready("m", "2")
        assert client.get_server_metadata().extensions == ["binary_tensor_data"]
        model = client.get_model_metadata("m", as_json=True)
    assert model["versions"] == ["1"]
    assert model["inputs"][0] == {"name": "BOOL", "datatype": "BOOL", "shape": ["-1", "2"]}


def test_elements_may_stand_in_the_fields_of_their_types(every: Replica) -> None:
    fields = {
        "BOOL": "bool_contents", "INT64": "int64_contents", "UINT64": "uint64_contents",
        "FP32": "fp32_contents", "FP64": "fp64_contents", "BYTES": "bytes_contents",
    }  # fmt: skip
    request = service_pb2.ModelInferRequest(model_name="m")
    for name in ONNX:
        each = request.inputs.add(name=name, datatype=name, shape=[1, 2])
        field = fields.get(name, "uint_contents" if name[0] == "U" else "int_contents")
        if name != "FP16":
            getattr(each.contents, field).extend(values_of(name, 1).ravel().tolist())
    with raw(every) as stub:
        with pytest.raises(grpc.RpcError) as error:
            stub.ModelInfer(request)
        assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert error.value.details() == "input 'FP16': FP16 goes in raw_input_contents"
        request.inputs[list(ONNX).index("INT8")].contents.int_contents[0] = 128
        del request.inputs[list(ONNX).index("FP16")]
        with pytest.raises(grpc.RpcError, match="input 'INT8': no INT8"):
            stub.ModelInfer(request)
        request.inputs[0].contents.int_contents.append(1)
        with pytest.raises(grpc.RpcError, match="stands in bool_contents, not in"):
            stub.ModelInfer(request)


def test_typed_elements_are_computed(free: Replica, slow: Replica) -> None:
    request = service_pb2.ModelInferRequest(model_name="m")
    each = request.inputs.add(name="x", datatype="FP32", shape=[2, 1])
    each.contents.fp32_contents.extend([1, 2])
    with raw(free) as stub:
        answer = stub.ModelInfer(request)
    assert np.frombuffer(answer.raw_output_contents[0], "float32").tolist() == [2, 4]


def test_bfloat16_and_no_rows(slow: Replica, free: Replica) -> None:
    half = InferInput("input", [2], "BF16")
    half.set_data_from_numpy(np.array([0, 0.0078125], ml_dtypes.bfloat16))
    with connected(slow) as client:
        assert client.infer("m", [half]).as_numpy("output").tolist() == [0, 0.0078125]
    none = InferInput("x", [0, 3], "FP32")
    none.set_data_from_numpy(np.zeros((0, 3), "float32"))
    with connected(free) as client:
        assert client.infer("m", [none]).as_numpy("y").shape == (0, 0)


def test_scalars_and_shapes_without_a_batch(fixed: Replica) -> None:
    x, m = InferInput("x", [], "FP32"), InferInput("m", [2, 3], "INT64")
    x.set_data_from_numpy(np.array(1.5, "float32"))
    m.set_data_from_numpy(np.arange(6).reshape(2, 3))
    with connected(fixed) as client:
        answer = client.infer("m", [x, m])
    assert answer.as_numpy("y") == np.array(3.0, "float32")
    assert answer.as_numpy("n").tolist() == [[0, 1, 2], [3, 4, 5]]


def test_an_alias_that_the_gateway_tells_is_the_model(slow: Replica) -> None:
    told = {"x-argosy-alias": "other"}
    heard: queue.Queue[Any] = queue.Queue()
    with connected(slow) as client:
        assert client.infer("other", number(0), headers=told).get_response().model_name == "m"
        assert client.is_model_ready("other", headers=told)
        assert client.get_model_metadata("other", headers=told).name == "m"
        client.start_stream(lambda result, error: heard.put(error or result), headers=told)
        client.async_stream_infer("other", number(0))
        assert not isinstance(heard.get(timeout=30), InferenceServerException)
        with pytest.raises(InferenceServerException, match="no model 'third'"):
            client.infer("third", number(0), headers=told)


def test_problems_have_the_codes_of_grpc(free: Replica, slow: Replica) -> None:
    with connected(free) as client:
        with pytest.raises(InferenceServerException, match="no model 'other'") as error:
            client.infer("other", number(1))
        assert status(error) == "NOT_FOUND"
        with pytest.raises(InferenceServerException, match="input 'input': no such") as error:
            client.infer("m", number(1))
        assert status(error) == "INVALID_ARGUMENT"
    with connected(slow) as client:
        with pytest.raises(InferenceServerException) as error:
            client.infer("m", number(-1))  # sleep refuses it
        assert status(error) == "INTERNAL"
        assert "ValueError: sleep length must be non-negative" in error.value.message()


def test_deadlines_of_clients_and_requests_hold(slow: Replica) -> None:
    with connected(slow) as client:
        with pytest.raises(InferenceServerException) as error:
            client.infer("m", number(1.0), client_timeout=0.2)
        assert status(error) == "DEADLINE_EXCEEDED"
        with pytest.raises(InferenceServerException, match="the caller's own limit") as error:
            client.infer("m", number(1.0), timeout=200_000)
        assert status(error) == "DEADLINE_EXCEEDED"
    metrics = slow.client.get("/metrics").text
    assert 'protocol="open_inference_grpc"' in metrics
    assert 'code="504"' in metrics


def test_a_full_queue_and_a_long_message_are_refused(serve_anew: Serve) -> None:
    replica = serve_anew(SLOW, queue=1, max_body=10_000)
    results: queue.Queue[Any] = queue.Queue()
    with connected(replica) as client:
        for _ in range(6):
            client.async_infer("m", number(0.3), lambda result, error: results.put(error))
        codes = [error and str(error.status()) for error in (results.get() for _ in range(6))]
        assert codes.count("StatusCode.RESOURCE_EXHAUSTED") >= 2
        assert codes.count(None) >= 2
        long = InferInput("input", [2000], "FP64")
        long.set_data_from_numpy(np.zeros(2000))
        with pytest.raises(InferenceServerException) as error:
            client.infer("m", [long])
        assert status(error) == "RESOURCE_EXHAUSTED"


def test_bytes_that_are_no_message_are_refused_and_leave_no_trace(slow: Replica) -> None:
    fine = service_pb2.ModelInferRequest(model_name="m", id="7", raw_input_contents=[bytes(8)])
    fine.inputs.add(name="input", datatype="FP64", shape=[1])
    with grpc.insecure_channel(slow.grpc) as channel:
        for name in ("ModelInfer", "ModelMetadata"):
            with pytest.raises(grpc.RpcError) as error:
                channel.unary_unary(f"/{SERVICE}/{name}")(b"\n\5a")
            assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
            assert error.value.details() == f"the message is no {name}Request"
        answers = channel.stream_stream(f"/{SERVICE}/ModelStreamInfer")
        sent = [b"\xff", fine.SerializeToString()]
        refused, told = map(service_pb2.ModelStreamInferResponse.FromString, answers(iter(sent)))
    assert refused.error_message == "the message is no ModelInferRequest"
    assert (told.error_message, told.infer_response.id) == ("", "7")
    assert "DecodeError" not in slow.log


@settings(deadline=None, max_examples=150)
@given(
    raws=st.lists(st.binary(max_size=40), max_size=3),
    shape=st.lists(st.integers(-1, 3), max_size=3),
    datatype=st.sampled_from(["FP32", "BYTES", "BOOL", "", "FP16"]),
)
def test_no_length_that_lies_is_an_internal_error_or_never_answered(
    free: Replica, raws: list[bytes], shape: list[int], datatype: str
) -> None:
    request = service_pb2.ModelInferRequest(model_name="m", raw_input_contents=raws)
    request.inputs.add(name="x", datatype=datatype, shape=shape)
    fits = datatype == "FP32" and len(shape) == 2 and min(shape) >= 0
    fits = fits and 4 * shape[0] * shape[1] == sum(map(len, raws)) and len(raws) < 2
    with raw(free) as stub:
        try:
            stub.ModelInfer(request, timeout=30)
            code = None
        except grpc.RpcError as error:
            code = error.code()
    assert code == (None if fits else grpc.StatusCode.INVALID_ARGUMENT)


class Reader:
    """What a stream of tritonclient brings."""

    def __init__(self, client: Any) -> None:
        self.found: queue.Queue[Any] = queue.Queue()
        client.start_stream(lambda result, error: self.found.put(error or result))

    def next(self) -> Any:
        return self.found.get(timeout=30)


def test_a_stream_answers_each_request_in_turn_and_survives_errors(slow: Replica) -> None:
    with connected(slow) as client:
        reader = Reader(client)
        for at in range(20):
            client.async_stream_infer("m", number(at / 1e4), request_id=str(at))
        client.async_stream_infer("m", number(0, name="wrong"), request_id="wrong")
        client.async_stream_infer("other", number(0))
        client.async_stream_infer("m", number(0), request_id="last")
        for at in range(20):
            result = reader.next()
            assert result.get_response().id == str(at)
            assert result.as_numpy("output").tolist() == [at / 1e4]
        assert "input 'wrong': no such input" in str(reader.next())
        assert "no model 'other'" in str(reader.next())
        assert reader.next().get_response().id == "last"


def test_a_model_that_streams_answers_piece_by_piece(endless: Replica) -> None:
    with connected(endless) as client:
        reader = Reader(client)
        client.async_stream_infer("m", count(2), request_id="a", enable_empty_final_response=True)
        client.async_stream_infer("m", count(4), request_id="b")
        client.async_stream_infer("m", count(1), request_id="c")
        pieces = [reader.next() for _ in range(8)]
        with pytest.raises(InferenceServerException, match="ask ModelStreamInfer"):
            client.infer("m", count(1))
    final = [
        piece.get_response().parameters["triton_final_response"].bool_param for piece in pieces[:6]
    ]
    assert final == [False, False, True, False, False, False]
    assert [piece.as_numpy("number").tolist() for piece in pieces[:2]] == [[0], [1]]
    assert pieces[1].as_numpy("text").tolist() == [b"1"]
    assert not pieces[2].get_response().outputs
    assert "ValueError: four is too many" in str(pieces[6])
    assert pieces[7].get_response().id == "c"


def test_a_client_that_leaves_ends_its_stream(endless: Replica) -> None:
    with connected(endless) as client:
        reader = Reader(client)
        client.async_stream_infer("m", count(-1))
        assert reader.next().as_numpy("number").tolist() == [0]
        client.stop_stream(cancel_requests=True)
    until(lambda: _in_flight(endless.client.get("/metrics").text) == 0, "nothing in flight")


def _in_flight(metrics: str) -> float:
    (line,) = [each for each in metrics.splitlines() if each.startswith("argosy_in_flight{")]
    return float(line.rpartition(" ")[2])


async def test_streams_of_the_asynchronous_client(endless: Replica) -> None:
    async def requests() -> Any:
        yield {"model_name": "m", "inputs": count(200)}

    found = []
    async with tritonclient.grpc.aio.InferenceServerClient(endless.grpc) as client:
        async for result, error in client.stream_infer(requests()):
            assert error is None
            found.append(int(result.as_numpy("number")[0]))
    assert found == list(range(200))


def test_a_replica_that_leaves_finishes_what_it_has(serve_anew: Serve) -> None:
    replica = serve_anew(SLOW, drain=0.5)
    answers: queue.Queue[Any] = queue.Queue()
    with connected(replica) as client:
        client.infer("m", number(0))
        client.async_infer("m", number(1.5), lambda result, error: answers.put(error or result))
        until(lambda: _in_flight(replica.client.get("/metrics").text) == 1, "it is in flight")
        os.kill(replica.process.pid, signal.SIGTERM)
        until(lambda: not client.is_server_ready(), "unready, and answering")
        assert answers.get(timeout=30).as_numpy("output").tolist() == [1.5]
        assert replica.exit_code() == 0
    assert not Path(replica.grpc.removeprefix("unix:")).exists()
    assert replica.stray == ""


def test_a_port_works_too_and_belongs_to_one(serve_anew: Serve, start: Any) -> None:
    address = free_address()
    with connected(serve_anew(SLOW, grpc_listen=address)) as client:
        assert client.infer("m", number(0)).as_numpy("output").tolist() == [0]
    second = start(SLOW, grpc_listen=address)
    assert second.exit_code() == 1
    assert f"{address} cannot be listened on" in second.termination.read_text()


def test_nothing_of_grpc_is_loaded_where_nobody_asks_for_it(start: Any) -> None:
    replica = start(SLOW).until_ready()
    maps = Path(f"/proc/{replica.process.pid}/maps")
    assert "cygrpc" not in maps.read_text()


def test_a_model_that_loads_is_not_ready(start: Any, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    replica = start(
        "import pathlib, time\nclass Model:\n    def load(self, weights):\n"
        f"        while not pathlib.Path({str(gate)!r}).exists():\n            time.sleep(0.01)\n"
        "    def predict(self, value: float):\n        return value\n",
        grpc_listen=f"unix:{tmp_path / 'g'}",
    )
    until((tmp_path / "g").exists, "it listens")
    with connected(replica) as client:
        assert client.is_server_live()
        assert not client.is_server_ready()
        assert not client.is_model_ready("m")
        with pytest.raises(InferenceServerException, match="being loaded") as error:
            client.infer("m", number(1))
        assert status(error) == "UNAVAILABLE"
        gate.touch()
        until(lambda: client.is_model_ready("m"), "ready")
        assert client.infer("m", number(1)).as_numpy("output").tolist() == [1]
