"""The exported files, started, answer what Argosy's own gateway answers for the same stack."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import httpx
import numpy as np
import pytest
import tritonclient.grpc

from tests.docker_engine import DockerEngine
from tests.export import models
from tests.export.running import Running, running
from tests.scenarios.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

SAID = [{"role": "user", "content": "hi"}]
ROW = json.dumps({"input": [1, 2.5]})
TENSOR = json.dumps(
    {"inputs": [{"name": "input", "shape": [1, 2], "datatype": "FP64", "data": [1, 2]}]}
)
STREAM = {"accept": "text/event-stream"}
TOLD = ("content-type", "retry-after", "allow")
LARGE = [{"role": "user", "content": "x" * (3 << 20)}]
CALLED = (("model", "sums"),)
SERVICE = "/inference.GRPCInferenceService/"


def chat(**more: Any) -> str:
    return json.dumps({"messages": SAID, **more})


class Pair(NamedTuple):
    """Addresses of Argosy's gateway and of nginx, for the same stack."""

    argosy: str
    nginx: str


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory,
    module_folders: Path,
    module_docker_engine: DockerEngine,
) -> Iterator[StackUnderTest]:
    """Run by Argosy itself."""
    made = StackUnderTest(tmp_path_factory.mktemp("same") / "stack")
    listen = json.dumps({"listen": f"127.0.0.1:{made.port}", "keys": "none"})
    models.write(made.folder, module_docker_engine.name, listen)
    try:
        made.up()
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def exported(stack: StackUnderTest, module_docker_engine: DockerEngine) -> Iterator[Running]:
    file = stack.folder / "argosy.yaml"
    with running(module_docker_engine, file, {}, {"GREETING": "hello"}) as made:
        yield made


@pytest.fixture
def pair(stack: StackUnderTest, exported: Running) -> Pair:
    return Pair(f"127.0.0.1:{stack.port}", exported.address)


def told(address: str, method: str, path: str, body: str | None, headers: dict[str, str]) -> Any:
    """What of an answer is the same each time it is given."""
    with httpx.Client(base_url=f"http://{address}", timeout=30) as client:
        answer = client.request(method, path, content=body, headers=headers)
    text = re.sub(r"(chatcmpl|cmpl)-[0-9a-f]+", r"\1-…", answer.text)
    text = re.sub(r'"created": ?\d+', '"created": …', text)
    text = re.sub(r'"cold_start":{.*?}', '"cold_start": …', text)
    assert "x-request-id" in answer.headers
    return answer.status_code, {one: answer.headers.get(one) for one in TOLD}, text


@pytest.mark.parametrize(
    "path",
    [
        "/", "/health", "/ready", "/health?x=1", "/health/", "/nothing",
        "/api", "/api/", "/api/nope", "/api/sums", "/api/sums/x",
        "/models/", "/models/nope/x", "/models/sums", "/models/sums/", "/models/sums/health",
        "/models/sums/ready", "/models/sums/openapi.json", "/models/gpt-4o-mini/openapi.json",
        "/models/sums//health", "/models//sums/health", "/Models/sums",
        "/models/sums/../words/health", "/models/words/health?x=%2f",
        "/adding", "/adding/health", "/adding/x",
        "/v1/", "/v1/x", "/v1/models", "/v1/models/", "/v1/models/gpt-4o-mini", "/v1/models/nope",
        "/v2", "/v2/", "/v2/x", "/v2/health/live", "/v2/health/ready",
        "/v2/models/nope", "/v2/models/sums", "/v2/models/sums/ready", "/v2/models/sums/nope",
        "/v2/models/gpt-4o-mini", f"{SERVICE}ServerLive", "/-/ready/sums", "/-/grpc/sums/x",
    ],
)  # fmt: skip
def test_a_page_is_the_gateways(pair: Pair, path: str) -> None:
    argosy, nginx = (told(one, "GET", path, None, {}) for one in pair)
    assert nginx == argosy


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/sums", ROW), ("/api/sums/", ROW), ("/api/sums?x=1", ROW),
        ("/models/sums/predict", ROW),
        ("/adding", ROW), ("/adding/", ROW), ("/adding/predict", ROW),
        ("/api/sums", '{"input": "x"}'), ("/api/sums", "{"), ("/api/words", '{"input": "x"}'),
        ("/api/gpt-4o-mini", "{}"), ("/api/nope", ""), ("/", ""), ("/ready", ""), ("/nothing", ""),
        ("/v2/models/sums/infer", TENSOR), ("/v2/models/nope/infer", TENSOR), ("/v2/nope", ""),
        ("/v1/chat/completions", chat(model="chat")),
        ("/v1/chat/completions", chat(model="gpt-4o-mini")),
        ("/v1/chat/completions", chat(model="chat", stream=True)),
        ("/v1/chat/completions", chat(model="sums")), ("/v1/chat/completions", chat(model="nope")),
        ("/v1/chat/completions", chat(model="__proto__")), ("/v1/chat/completions", chat(model="")),
        ("/v1/chat/completions", chat(model=3)), ("/v1/chat/completions", chat(model=None)),
        ("/v1/chat/completions", chat(model=["chat"])), ("/v1/chat/completions", chat()),
        ("/v1/chat/completions", "{"), ("/v1/chat/completions", ""), ("/v1/chat/completions", "[]"),
        ("/v1/chat/completions", "null"), ("/v1/chat/completions", '"x"'),
        ("/v1/chat/completions", '{"model": "chat", "model": "sums", "messages": []}'),
        ("/v1/chat/completions", json.dumps({"model": "chat", "messages": LARGE})),
        ("/v1/embeddings", json.dumps({"model": "chat", "input": ["a", "bc"]})),
        ("/v1/embeddings?x=1", json.dumps({"model": "gpt-4o-mini", "input": "abc"})),
        ("/v1/nope", chat(model="chat")), ("/v1/models", chat(model="chat")),
    ],
)  # fmt: skip
def test_what_a_model_answers_is_the_same(pair: Pair, path: str, body: str) -> None:
    argosy, nginx = (told(one, "POST", path, body, {}) for one in pair)
    assert nginx == argosy


@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("POST", "/api/words", '{"input": "x"}', STREAM),
        ("POST", "/models/words/predict", '{"input": "x"}', STREAM),
        ("DELETE", "/v1/models", None, {}),
        ("PUT", "/v1/chat/completions", "{}", {}),
        ("HEAD", "/v1/models", None, {}),
        ("HEAD", "/health", None, {}),
        ("OPTIONS", "/api/sums", None, {}),
        ("GET", "/health", None, {"x-request-id": "mine"}),
        ("POST", f"{SERVICE}ServerLive", "", {}),
    ],
)
def test_other_methods_and_headers_make_no_difference(
    pair: Pair, method: str, path: str, body: str | None, headers: dict[str, str]
) -> None:
    argosy, nginx = (told(one, method, path, body, headers) for one in pair)
    assert nginx == argosy


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [("/api/words", 2000, 413), ("/v1/chat/completions", 17 << 20, 413), ("/models/a%2fb", 0, 400)],
)
def test_what_is_refused_at_the_door_has_the_same_status_and_form(
    pair: Pair, path: str, size: int, status: int
) -> None:
    answers = [httpx.post(f"http://{one}{path}", content=b"x" * size, timeout=30) for one in pair]
    assert [one.status_code for one in answers] == [status, status]
    kinds = {one.headers["content-type"] for one in answers}
    assert len(kinds) == 1
    assert set(answers[1].json()) <= set(answers[0].json())


def inputs(*values: float) -> list[tritonclient.grpc.InferInput]:
    found = tritonclient.grpc.InferInput("input", [1, len(values)], "FP64")
    found.set_data_from_numpy(np.array([values], float))
    return [found]


@pytest.mark.parametrize(
    "metadata", [CALLED, (("mm-model-id", "sums"), ("model", "nope")), (("seldon-model", "sums"),)]
)
def test_a_call_of_grpc_goes_to_the_model_that_its_metadata_names(
    pair: Pair, metadata: tuple[tuple[str, str], ...]
) -> None:
    for one in pair:
        with tritonclient.grpc.InferenceServerClient(one) as client:
            answer = client.infer("sums", inputs(1, 2.5), headers=dict(metadata))
            assert answer.as_numpy("output").tolist() == [3.5]


def test_a_stream_of_grpc_goes_on_both_ways(pair: Pair) -> None:
    for one in pair:
        found: list[Any] = []
        with tritonclient.grpc.InferenceServerClient(one) as client:
            client.start_stream(
                lambda result, error, found=found: found.append(error or result),
                headers=dict(CALLED),
            )
            for number in range(50):
                client.async_stream_infer("sums", inputs(number))
        assert [answer.as_numpy("output").tolist() for answer in found] == [
            [number] for number in range(50)
        ]


@pytest.mark.parametrize(
    ("path", "metadata"),
    [
        (f"{SERVICE}ServerLive", CALLED),
        (f"{SERVICE}ServerLive", (("model", "gpt-4o-mini"),)),
        (f"{SERVICE}ServerLive", ()),
        (f"{SERVICE}ServerLive", (("model", "nope"),)),
        (f"{SERVICE}Nope", CALLED),
        ("/x.Y/Z", CALLED),
    ],
)
def test_how_a_call_of_grpc_ends_is_the_same(
    pair: Pair, path: str, metadata: tuple[tuple[str, str], ...]
) -> None:
    ends = []
    for one in pair:
        with grpc.insecure_channel(one) as channel:
            try:
                ends.append(channel.unary_unary(path)(b"", metadata=metadata, timeout=30))
            except grpc.RpcError as error:
                ends.append((error.code(), error.details()))
    assert ends[1] == ends[0]


def test_a_call_of_grpc_to_a_model_without_replicas_is_unavailable(exported: Running) -> None:
    exported.compose("stop", "--timeout=1", "words")
    try:
        with grpc.insecure_channel(exported.address) as channel:
            call = channel.unary_unary(f"{SERVICE}ServerLive")
            with pytest.raises(grpc.RpcError) as refused:
                call(b"", metadata=(("model", "words"),), timeout=30)
        assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
        assert refused.value.details() == "words cannot answer now: no replica is ready"
    finally:
        exported.start()
