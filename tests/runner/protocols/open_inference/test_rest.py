from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tritonclient.http
import tritonclient.http.aio
from hypothesis import given, settings
from hypothesis import strategies as st
from tritonclient.http import InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from argosy_runner.problems import Problem
from argosy_runner.protocols.open_inference.requests import inflate
from tests.runner.protocols.open_inference.conftest import ONNX, Serve
from tests.runner.replicas import Replica

INFER = "/v2/models/m/infer"


@pytest.fixture
def client(request: pytest.FixtureRequest, every: Replica) -> Iterator[Any]:
    with tritonclient.http.InferenceServerClient(f"127.0.0.1:{every.port}") as found:
        yield found


def values_of(datatype: str, rows: int) -> Any:
    if datatype == "BYTES":
        texts = [f"é{at}".encode() for at in range(rows * 2)]
        return np.array(texts, object).reshape(rows, 2)
    kind = {"BOOL": "bool", "FP16": "float16", "FP32": "float32", "FP64": "float64"}
    numbers = np.arange(rows * 2).reshape(rows, 2)
    if datatype == "BOOL":
        numbers %= 2
    return numbers.astype(kind.get(datatype, datatype.lower()))


def inputs_of(rows: int, *, binary: bool) -> list[InferInput]:
    found = []
    for datatype in ONNX:
        values = values_of(datatype, rows)
        tensor = InferInput(datatype, list(values.shape), datatype)
        if datatype == "FP16" and not binary:  # tritonclient has no JSON of it
            tensor.set_data_from_numpy(values, binary_data=True)
        else:
            tensor.set_data_from_numpy(values, binary_data=binary)
        found.append(tensor)
    return found


def ask(replica: Replica, **body: Any) -> Any:
    return replica.client.post(INFER, json=body)


def tensor(name: str, datatype: str, shape: list[int], data: Any) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("rows", [1, 3, 150])
def test_every_datatype_goes_through_with_tritonclient(
    client: Any, binary: bool, rows: int
) -> None:
    outputs = [InferRequestedOutput(f"{name}_OUT", binary_data=binary) for name in ONNX]
    answer = client.infer("m", inputs_of(rows, binary=binary), outputs=outputs, request_id="7")
    for name in ONNX:
        found = answer.as_numpy(f"{name}_OUT")
        wanted = values_of(name, rows)
        assert found.dtype == wanted.dtype
        if name == "BYTES" and not binary:
            wanted = np.array([each.decode() for each in wanted.ravel()]).reshape(wanted.shape)
        assert np.array_equal(found, wanted)
    response = answer.get_response()
    assert response["id"] == "7"
    assert (response["model_name"], response["model_version"]) == ("m", "1")


async def test_many_at_once_with_the_asynchronous_client(every: Replica) -> None:
    import asyncio

    async with tritonclient.http.aio.InferenceServerClient(f"127.0.0.1:{every.port}") as client:
        answers = await asyncio.gather(
            *(client.infer("m", inputs_of(rows, binary=True)) for rows in range(1, 30))
        )
    for rows, answer in enumerate(answers, 1):
        assert np.array_equal(answer.as_numpy("INT64_OUT"), values_of("INT64", rows))
        assert len(answer.get_response()["outputs"]) == len(ONNX)


def test_what_the_server_and_the_model_are(client: Any) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("m")
    assert client.is_model_ready("m", "1")
    assert not client.is_model_ready("m", "2")
    assert not client.is_model_ready("other")
    server = client.get_server_metadata()
    assert server["name"] == "argosy"
    assert server["extensions"] == ["binary_tensor_data"]
    model = client.get_model_metadata("m", "1")
    assert (model["name"], model["versions"], model["platform"]) == ("m", ["1"], "onnx")
    assert model["inputs"] == [{"name": name, "datatype": name, "shape": [-1, 2]} for name in ONNX]
    assert [each["name"] for each in model["outputs"]] == [f"{name}_OUT" for name in ONNX]


def test_only_what_is_asked_for_is_answered_each_in_its_form(free: Replica) -> None:
    body = {
        "inputs": [tensor("x", "FP32", [1, 2], [1, 2])],
        "outputs": [{"name": "y", "parameters": {"binary_data": True}}],
    }
    answer = ask(free, **body)
    length = int(answer.headers["inference-header-content-length"])
    assert answer.headers["content-type"] == "application/octet-stream"
    (output,) = json.loads(answer.content[:length])["outputs"]
    assert output == {
        "name": "y", "datatype": "FP32", "shape": [1, 2], "parameters": {"binary_data_size": 8},
    }  # fmt: skip
    assert np.frombuffer(answer.content[length:], "float32").tolist() == [2, 4]
    body["outputs"] = [{"name": "log"}, {"name": "y"}]
    names = [output["name"] for output in ask(free, **body).json()["outputs"]]
    assert names == ["log", "y"]


def test_ids_and_parameters_come_back_and_what_is_ours_does_not(free: Replica) -> None:
    answer = ask(
        free,
        id="é",
        inputs=[tensor("x", "FP32", [1, 1], [1])],
        parameters={"trace": "t", "deep": 1.5, "binary_data_output": False, "priority": 3},
    ).json()
    assert answer["id"] == "é"
    assert answer["parameters"] == {"trace": "t", "deep": 1.5}
    assert "id" not in ask(free, inputs=[tensor("x", "FP32", [1, 1], [1])]).json()


def test_numbers_of_sixteen_bits_are_taken_as_json_too(every: Replica) -> None:
    inputs = [
        tensor(name, name, [1, 2], [["a", "b"]] if name == "BYTES" else [[False, True]])
        for name in ONNX
    ]
    for each in inputs:
        if each["datatype"] not in {"BOOL", "BYTES"}:
            each["data"] = [0.5, 1] if each["datatype"].startswith("FP") else [0, 1]
    found = {each["name"]: each["data"] for each in ask(every, inputs=inputs).json()["outputs"]}
    assert found["FP16_OUT"] == [0.5, 1]
    assert found["BYTES_OUT"] == ["a", "b"]
    assert found["BOOL_OUT"] == [False, True]


def test_no_rows_are_answered_without_asking_the_model(every: Replica, free: Replica) -> None:
    inputs = [tensor(name, name, [0, 2], []) for name in ONNX]
    for output in ask(every, inputs=inputs).json()["outputs"]:
        assert (output["shape"], output["data"]) == ([0, 2], [])
    output = ask(free, inputs=[tensor("x", "FP32", [0, 7], [])]).json()["outputs"][0]
    assert (output["shape"], output["data"]) == ([0, 0], [])


def test_rows_without_elements_are_computed(free: Replica) -> None:
    output = ask(free, inputs=[tensor("x", "FP32", [3, 0], [[], [], []])]).json()["outputs"][0]
    assert (output["shape"], output["data"]) == ([3, 0], [])


def test_a_graph_without_a_batch_dimension_takes_its_own_shapes(fixed: Replica) -> None:
    metadata = fixed.client.get("/v2/models/m").json()
    assert [each["shape"] for each in metadata["inputs"]] == [[], [2, 3]]
    answer = ask(
        fixed,
        inputs=[tensor("m", "INT64", [2, 3], [[1, 2, 3], [4, 5, 6]]), tensor("x", "FP32", [], 1.5)],
    ).json()
    assert [(each["shape"], each["data"]) for each in answer["outputs"]] == [
        ([], [3.0]), ([2, 3], [1, 2, 3, 4, 5, 6]),
    ]  # fmt: skip


def test_a_graph_that_takes_one_row_says_so(serve_graph: Serve) -> None:
    replica = serve_graph("g (float[N, 2] x) => (float y) { y = ReduceSum <keepdims = 0> (x) }")
    assert ask(replica, inputs=[tensor("x", "FP32", [1, 2], [1, 2])]).json()["outputs"][0] == {
        "name": "y", "datatype": "FP32", "shape": [], "data": [3.0],
    }  # fmt: skip
    answer = ask(replica, inputs=[tensor("x", "FP32", [2, 2], [1, 2, 3, 4])])
    assert answer.status_code == 400
    assert "takes one at a time" in answer.json()["error"]


def test_nan_goes_as_bytes_and_is_an_error_in_json(free: Replica) -> None:
    inputs = [tensor("x", "FP32", [1, 1], [-1])]
    answer = ask(free, inputs=inputs)
    assert answer.status_code == 500
    assert answer.json() == {
        "error": "output 'log' holds NaN or infinity, which JSON cannot carry: ask for binary_data"
    }
    answer = ask(free, inputs=inputs, parameters={"binary_data_output": True})
    assert np.isnan(np.frombuffer(answer.content[-4:], "float32"))


X = tensor("x", "FP32", [1, 1], [1])


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "missing required field `inputs`"),
        ({"inputs": []}, "input 'x': missing"),
        ({"inputs": [X, X]}, "input 'x': given twice"),
        ({"inputs": [X, {**X, "name": "z"}]}, "input 'z': no such input; there is x"),
        ({"inputs": [{**X, "datatype": "FP64"}]}, "input 'x': it is FP32, not FP64"),
        ({"inputs": [{**X, "datatype": "FLOAT"}]}, "datatype is one of BOOL"),
        ({"inputs": [{**X, "shape": [1]}]}, "its shape is [-1, -1], not [1]"),
        ({"inputs": [{**X, "shape": [1, 2]}]}, "has 2 elements, not 1"),
        ({"inputs": [{**X, "shape": [1, -1]}]}, "$.inputs[0].shape[1]"),
        ({"inputs": [{**X, "data": [[["1"]]]}]}, "input 'x', data[0][0]"),
        ({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 1]}]}, "has neither data"),
        ({"inputs": [{**X, "parameters": {"binary_data_size": 4}}]}, "has both data and"),
        ({"inputs": [{**X, "parameters": {"shared_memory_region": "r"}}]}, "is not served"),
        ({"inputs": [X], "outputs": [{"name": "q"}]}, "no output 'q'; there is y, log"),
        ({"inputs": [X], "outputs": [{"name": "y"}] * 2}, "asked for twice"),
        ({"inputs": [X], "outputs": [{"name": "y", "parameters": {"classification": 2}}]}, "not"),
        ({"inputs": [X], "parameters": {"timeout": "soon"}}, "number of microseconds"),
    ],
)
def test_what_is_wrong_is_a_400_that_names_it(free: Replica, body: Any, error: str) -> None:
    answer = ask(free, **body)
    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]
    assert error.replace("`", "") in answer.json()["error"].replace("`", "")


@pytest.mark.parametrize(
    "content", [b"", b"[1]", b"{", b'{"inputs": [NaN]}', b'{"inputs":' + b"[" * 10**6, b"\xff"]
)
def test_what_is_no_json_is_a_400(free: Replica, content: bytes) -> None:
    assert free.client.post(INFER, content=content).status_code == 400


def test_paths_that_there_are_not(free: Replica) -> None:
    client = free.client
    for path in ("/v2/models/other", "/v2/models/m/versions/2", "/v2/models", "/v2x", "/v2/m"):
        answer = client.get(path)
        assert (answer.status_code, list(answer.json())) == (404, ["error"])
    assert client.post("/v2/models/other/infer", json={"inputs": [X]}).status_code == 404
    assert client.post("/v2/models/m/versions/9/infer", json={"inputs": [X]}).status_code == 404
    assert client.post("/v2/models/m/versions/1/infer", json={"inputs": [X]}).status_code == 200
    assert client.get(INFER).status_code == 405
    assert client.post("/v2/models/m").headers["allow"] == "GET, HEAD"
    soon = {"x-request-timeout": "soon"}
    assert client.put(INFER, headers=soon).status_code == 405
    assert client.post(INFER, json={"inputs": [X]}, headers=soon).status_code == 400


def test_compressed_bodies_are_taken(every: Replica, free: Replica, client: Any) -> None:
    for algorithm in ("gzip", "deflate"):
        answer = client.infer(
            "m",
            inputs_of(2, binary=True),
            request_compression_algorithm=algorithm,
            response_compression_algorithm=algorithm,
        )
        assert np.array_equal(answer.as_numpy("FP64_OUT"), values_of("FP64", 2))
    body = json.dumps({"inputs": [X]}).encode()

    def post(content: bytes, encoding: str) -> int:
        headers = {"content-encoding": encoding}
        return free.client.post(INFER, content=content, headers=headers).status_code

    assert post(gzip.compress(body), "gzip") == 200
    assert post(zlib.compress(body)[:-5], "deflate") == 400
    assert post(body, "gzip") == 400
    assert post(body, "br") == 415
    assert post(gzip.compress(bytes(65 * 2**20)), "gzip") == 413


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_of_a_body_that_unpacks_to_too_much_no_more_is_unpacked(encoding: str) -> None:
    pack = gzip.compress if encoding == "gzip" else zlib.compress
    bomb = pack(bytes(256 << 20))

    tracemalloc.start()
    with pytest.raises(Problem, match="1000 bytes at most"):
        inflate(bomb, encoding.encode(), 1000)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert most < 1 << 20


@settings(deadline=None, max_examples=150)
@given(
    length=st.one_of(st.none(), st.integers(-2, 300), st.text("0123456789-_x", max_size=4)),
    size=st.one_of(st.integers(-1, 40), st.just(2**63), st.booleans(), st.text(max_size=2)),
    shape=st.lists(st.integers(0, 3), max_size=3),
    datatype=st.sampled_from(["FP32", "BYTES", "BOOL", "UINT8"]),
    rest=st.binary(max_size=40),
)
def test_no_length_that_lies_is_a_500_or_never_answered(
    free: Replica, length: Any, size: Any, shape: list[int], datatype: str, rest: bytes
) -> None:
    each = {
        "name": "x", "datatype": datatype, "shape": shape, "parameters": {"binary_data_size": size},
    }  # fmt: skip
    head = json.dumps({"inputs": [each], "parameters": {"binary_data_output": True}}).encode()
    headers = {} if length is None else {"inference-header-content-length": str(length)}
    answer = free.client.post(INFER, content=head + rest, headers=headers)
    assert answer.status_code in {200, 400}
    honest = {**headers, "inference-header-content-length": str(len(head))}
    answer = free.client.post(INFER, content=head + rest, headers=honest)
    fits = size == len(rest) and not isinstance(size, bool) and datatype == "FP32"
    fits = fits and len(shape) == 2 and 4 * shape[0] * shape[1] == size
    assert answer.status_code == (200 if fits else 400), answer.text


@pytest.mark.parametrize("length", ["9" * 5000, "1" * 21, "-1", "1.0", "0x1", "\xb2"])
def test_a_length_that_is_none_is_a_400(free: Replica, length: str) -> None:
    headers = {b"inference-header-content-length": length.encode("latin-1")}
    answer = free.client.post(INFER, content=b"{}", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"inference-header-content-length is '{length[:20]}'")


def test_errors_reach_tritonclient(client: Any) -> None:
    with pytest.raises(InferenceServerException, match=r"no model 'other'"):
        client.infer("other", inputs_of(1, binary=True))
    with pytest.raises(InferenceServerException, match=r"input 'BOOL': missing"):
        client.infer("m", inputs_of(1, binary=True)[1:])
