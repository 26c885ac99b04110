from __future__ import annotations

import contextlib
import random
import socket
import time
from typing import Any

import grpc
import pytest
from tritonclient.grpc import service_pb2

from argosy_runner.protocols.open_inference.contents import FIELDS
from argosy_runner.protocols.open_inference.messages import SERVICE
from tests.fuzz import lies
from tests.fuzz.lies import Told
from tests.fuzz.wire import PATIENCE, calm_after
from tests.runner.replicas import Replica

REFUSALS = {
    grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNIMPLEMENTED,
}  # fmt: skip
OTHERS = ["ServerLive", "ServerReady", "ServerMetadata", "ModelReady", "ModelMetadata", "Nothing"]
COUNT = [("input", "INT64", [-1])]
"""What `stream` of the Python model takes."""


def test_calls_that_lie_are_refused_with_a_code_that_says_why(
    target: Replica, chance: random.Random, seconds: float
) -> None:
    wanted = lies.inputs_of(target)
    until = time.monotonic() + seconds
    with calm_after(target), grpc.insecure_channel(target.grpc) as channel:
        while time.monotonic() < until:
            name = "ModelInfer" if chance.random() < 0.9 else chance.choice(OTHERS)
            data = message(chance, wanted)
            code, details = call(channel, name, data)
            if code is not None and code not in REFUSALS:
                pytest.fail(f"{name} {data[:4000]!r}\n{code} {details}\n{target.log[-3000:]}")
            if chance.random() < 0.01:
                no_http(chance, target)


def test_what_lies_within_a_stream_is_told_in_its_place(
    target: Replica, chance: random.Random, seconds: float
) -> None:
    streams = target.client.get("/v2/models/m").json()["platform"] == "python"
    wanted = COUNT if streams else lies.inputs_of(target)
    until = time.monotonic() + seconds
    with calm_after(target), grpc.insecure_channel(target.grpc) as channel:
        converse = channel.stream_stream(f"/{SERVICE}/ModelStreamInfer")
        while time.monotonic() < until:
            sent = [message(chance, wanted) for _ in range(chance.randrange(6))]
            last = service_pb2.ModelInferRequest(model_name="none", id="last").SerializeToString()
            told = f"{sent!r}"[:4000]
            try:
                found = list(converse(iter([*sent, last]), timeout=PATIENCE))
            except grpc.RpcError as error:
                pytest.fail(f"{told}\n{error}\n{target.log[-3000:]}")
            answers = [service_pb2.ModelStreamInferResponse.FromString(each) for each in found]
            assert answers[-1].infer_response.id == "last"
            assert streams or len(answers) == len(sent) + 1, told
            wrong = [each.error_message for each in answers if "fault" in each.error_message]
            assert not wrong, (told, wrong)


def test_clients_that_leave_in_the_midst_leave_nothing_behind(
    target: Replica, chance: random.Random
) -> None:
    wanted = lies.inputs_of(target)
    with calm_after(target), grpc.insecure_channel(target.grpc) as channel:
        for _ in range(50):
            data = message(chance, wanted)
            answer = channel.unary_unary(f"/{SERVICE}/ModelInfer").future(data)
            answers = channel.stream_stream(f"/{SERVICE}/ModelStreamInfer")(iter([data] * 20))
            with contextlib.suppress(grpc.RpcError, StopIteration):
                for _ in range(chance.randrange(3)):
                    next(answers)
            answer.cancel()
            answers.cancel()


def call(channel: Any, name: str, data: bytes) -> tuple[Any, str]:
    """The code and details of a call that failed; None of one that did not."""
    try:
        channel.unary_unary(f"/{SERVICE}/{name}")(data, timeout=PATIENCE)
    except grpc.RpcError as error:
        return error.code(), error.details()
    return None, ""


def message(chance: random.Random, wanted: list[tuple[str, str, list[int]]]) -> bytes:
    """A ModelInferRequest that was right once; its bytes may be anything."""
    inputs = lies.right(chance, wanted)
    for _ in range(chance.choice([0, 1, 1, 1, 2, 3])):
        inputs = lies.lie(chance, inputs)
    data: bytes = request(chance, inputs).SerializeToString()
    if chance.random() < 0.2:
        for _ in range(chance.randrange(1, 4)):
            data = lies.wrong_bytes(chance, data)
    return data


def request(chance: random.Random, inputs: list[Told]) -> Any:
    """With raw contents for all inputs, for none, or for some."""
    found = service_pb2.ModelInferRequest(model_name="m", id="7")
    if chance.random() < 0.05:
        found.model_name = chance.choice(["", "other", "é" * 3000])
    if chance.random() < 0.05:
        found.model_version = chance.choice(["1", "2", "\0"])
    if chance.random() < 0.05:
        found.outputs.add(name=chance.choice(["output", "FP32_OUT", "x" * 5000]))
    raws = chance.choice([1.0, 1.0, 0.0, 0.5])
    for told in inputs:
        each = found.inputs.add(name=told.name, datatype=told.datatype)
        with contextlib.suppress(TypeError, ValueError):  # no number of 64 bits
            each.shape.extend(told.shape)
        for key, value in told.more.items():
            if isinstance(value, str):
                each.parameters[key].string_param = value
            else:
                each.parameters[key].int64_param = int(value) % 2**63
        if chance.random() < raws:
            found.raw_input_contents.append(told.raw)
        else:
            contents(chance, each, told)
    if chance.random() < 0.03:
        found.raw_input_contents.append(chance.randbytes(8))
    return found


def contents(chance: random.Random, each: Any, told: Told) -> None:
    """In the field of its datatype, mostly."""
    field = FIELDS.get(told.datatype)
    if field is None or chance.random() < 0.1:
        field = chance.choice(list(FIELDS.values()))
    count = len(told.raw) if len(told.raw) < 8 else chance.randrange(9)
    for _ in range(count):
        value: Any = chance.choice([0, 1, 127, 128, 255, 2**15, 2**31 - 1])
        if field == "bytes_contents":
            value = lies.text(chance)
        elif field.startswith("fp"):
            value = chance.choice([0.0, -1.5, float("nan"), float("inf"), 3e38])
        elif field == "bool_contents":
            value = bool(value)
        getattr(each.contents, field).append(value)


def no_http(chance: random.Random, replica: Replica) -> None:
    """Bytes that are no HTTP/2, or only begin as it does."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE)
        client.connect(replica.grpc.removeprefix("unix:"))
        begin = chance.choice([b"", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"])
        with contextlib.suppress(OSError):
            client.sendall(begin + chance.randbytes(chance.randrange(200)))
