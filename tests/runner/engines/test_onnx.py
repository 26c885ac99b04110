from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.runner.conftest import Graph, Start
from tests.runner.engines.conftest import Environment, Refusal
from tests.runner.replicas import Replica

ServeGraph = Callable[..., Replica]

DOUBLE = "g (float[N, 3] x) => (float[N, 3] y) { y = Add (x, x) }"


@pytest.fixture
def serve_graph(start: Start, graph: Graph, graph_python: Path) -> ServeGraph:
    def begin(text: str, **settings: Any) -> Replica:
        weights = str(graph(text))
        replica = start(engine="onnx", weights=weights, python=str(graph_python), **settings)
        return replica.until_ready()

    return begin


def test_the_input_is_one_row_and_so_is_the_output(serve_graph: ServeGraph) -> None:
    replica = serve_graph(DOUBLE)
    assert replica.ask([1, 2, 0.5]) == [2, 4, 1]
    many = replica.post({"inputs": [[i, 0, 0] for i in range(100)]}).json()
    assert many == {"outputs": [[2 * i, 0, 0] for i in range(100)]}
    answers = replica.ask_all([[i, 0, 0] for i in range(200)])
    assert [answer.json()["output"][0] for answer in answers] == [2 * i for i in range(200)]
    assert 'argosy_batch_rows_bucket{le="64.0"' in replica.client.get("/metrics").text


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ([1, 2, "3"], "$.input[2]: expected float, got str"),
        ([1, 2], "$.input: expected array of length >= 3"),
        ([1, 2, 3, 4], "$.input: expected array of length <= 3"),
        ([1, 2, 1e39], "$.input[2]: expected float <= 3.402"),
        ([1, 2, None], "$.input[2]: expected float, got null"),
        ([[1, 2, 3]], "$.input[0]: expected float, got array"),
        (1, "$.input: expected array, got int"),
    ],
)
def test_a_wrong_shape_or_type_is_a_422_that_says_where(
    double: Replica, value: Any, detail: str
) -> None:
    answer = double.post({"input": value})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(detail)


def test_a_file_is_no_tensor(double: Replica) -> None:
    assert double.post(content=b"x", content_type="image/png").status_code == 415


def test_several_inputs_and_outputs_are_objects_by_name(serve_graph: ServeGraph) -> None:
    replica = serve_graph(
        "g (float[N, 2] a, int64[N] b) => (float[N, 2] total, int64[N] same) {"
        " w = Cast <to = 1> (b)  s = Constant <value = int64[1] {1}> ()"
        " v = Unsqueeze (w, s)  total = Add (a, v)  same = Identity (b) }"
    )
    assert replica.ask({"a": [1, 2], "b": 3}) == {"total": [4, 5], "same": 3}
    missing = replica.post({"input": {"a": [1, 2]}})
    assert missing.json()["detail"] == "$.input: object missing required field b"
    unknown = replica.post({"input": {"a": [1, 2], "b": 3, "c": 4}})
    assert unknown.json()["detail"] == "$.input: object contains unknown field c"


@pytest.mark.parametrize(
    ("kind", "value", "too_much"),
    [
        ("double", 1.5, "x"), ("float16", 0.5, 1e6), ("int8", -128, 128), ("uint8", 255, 256),
        ("int16", -1, 2**15), ("uint16", 1, -1), ("int32", 2**31 - 1, 2**31),
        ("int64", -(2**63), 2**63), ("uint32", 2**32 - 1, 2**32), ("uint64", 2**64 - 1, 2**64),
        ("bool", True, 1), ("string", "é", 1),
    ],
)  # fmt: skip
def test_every_type_passes_through(
    serve_graph: ServeGraph, kind: str, value: Any, too_much: Any
) -> None:
    replica = serve_graph(f"g ({kind}[N, 2] x) => ({kind}[N, 2] y) {{ y = Identity (x) }}")
    assert replica.ask([value, value]) == [value, value]
    rows = [answer.json() for answer in replica.ask_all([[value, value]] * 20)]
    assert rows == [{"output": [value, value]}] * 20
    assert replica.post({"input": [value, too_much]}).status_code == 422


def test_a_fixed_batch_of_one_works_row_by_row(serve_graph: ServeGraph) -> None:
    replica = serve_graph("g (float[1, 2] x) => (float[1, 2] y) { y = Add (x, x) }")
    answers = replica.post({"inputs": [[i, i] for i in range(10)]}).json()
    assert answers == {"outputs": [[2 * i, 2 * i] for i in range(10)]}


def test_a_graph_that_mixes_its_rows_is_not_batched(serve_graph: ServeGraph) -> None:
    replica = serve_graph(
        "g (float[N, 2] x) => (float[M, 2] y) {"
        " a = Constant <value = int64[1] {0}> ()"
        " y = ReduceMax <axes = [0], keepdims = 1> (x) }"
    )
    answers = replica.post({"inputs": [[i, i] for i in range(10)]}).json()
    assert answers == {"outputs": [[i, i] for i in range(10)]}


def test_a_graph_whose_rows_change_each_other_is_not_batched(serve_graph: ServeGraph) -> None:
    replica = serve_graph(
        "g (float[N,2] x) => (float[N,2] y)"
        " { mean = ReduceMean <axes = [0]> (x) y = Sub (x, mean) }"
    )
    assert replica.state()["warning"].startswith("served unbatched: sample ")
    assert replica.post({"inputs": [[1, 2], [3, 4]]}).json() == {"outputs": [[0, 0], [0, 0]]}


def test_rows_of_unequal_shape_are_not_batched_together(serve_graph: ServeGraph) -> None:
    replica = serve_graph("g (float[N, L] x) => (float[N, L] y) { y = Add (x, x) }")
    rows = [[1.0] * (1 + i % 3) for i in range(60)]
    answers = replica.post({"inputs": rows}).json()["outputs"]
    assert answers == [[2.0] * len(row) for row in rows]


def test_a_ragged_row_is_refused(serve_graph: ServeGraph) -> None:
    replica = serve_graph("g (float[N, K, L] x) => (float[N, K, L] y) { y = Add (x, x) }")
    answer = replica.post({"input": [[1, 2], [3]]})
    assert answer.status_code == 422
    assert "unequal length [1, 2]" in answer.json()["detail"]


def test_an_output_that_json_cannot_carry_fails_its_row_alone(serve_graph: ServeGraph) -> None:
    replica = serve_graph("g (float[N, 1] x) => (float[N, 1] y) { y = Log (x) }")
    answers = replica.ask_all([[1], [-1], [1]] * 10)
    assert [answer.status_code for answer in answers] == [200, 500, 200] * 10
    assert "holds NaN or infinity" in answers[1].json()["detail"]


def test_the_graph_of_a_folder_is_found(start: Start, graph: Graph, graph_python: Path) -> None:
    folder = graph(DOUBLE).parent
    replica = start(engine="onnx", weights=str(folder), python=str(graph_python)).until_ready()
    assert replica.ask([1, 1, 1]) == [2, 2, 2]


def test_a_graph_with_maps_is_refused_with_advice(
    start: Start, graph: Graph, graph_python: Path
) -> None:
    weights = graph(
        "g (float[N, 2] x) => (seq(map(int64, float)) y)"
        " { y = ai.onnx.ml.ZipMap <classlabels_int64s = [0, 1]> (x) }"
    )
    replica = start(engine="onnx", weights=str(weights), python=str(graph_python))
    assert replica.exit_code() == 1
    assert "export without zipmap" in replica.termination.read_text()


def test_what_is_no_graph_is_refused_with_its_reason(
    start: Start, graph_python: Path, tmp_path: Path
) -> None:
    (tmp_path / "weights.onnx").write_bytes(b"nothing")
    python = str(graph_python)
    broken = start(engine="onnx", weights=str(tmp_path / "weights.onnx"), python=python)
    absent = start(engine="onnx", python=python)
    assert (broken.exit_code(), absent.exit_code()) == (1, 1)
    assert broken.termination.read_text().startswith("onnxruntime cannot read weights.onnx: ")
    assert len(broken.termination.read_text().splitlines()) == 1
    assert "needs `weights`" in absent.termination.read_text()


@pytest.fixture
def double(serve_graph: ServeGraph) -> Replica:
    return serve_graph(DOUBLE)


@pytest.mark.parametrize(
    ("device", "reason"),
    [
        ("cuda", "'cuda' cannot be used: this onnxruntime is the build for CPUs: name `onnx"),
        ("gpu", "options.device must be cpu, cuda, cuda:1 …, not 'gpu'"),
        (0, "options.device must be cpu, cuda, cuda:1 …, not 0"),
    ],
)  # fmt: skip
def test_a_device_that_cannot_be_used_is_refused(
    refusal: Refusal, graph: Graph, graph_python: Path, device: Any, reason: str
) -> None:
    assert reason in refusal("onnx", graph_python, graph(DOUBLE), options={"device": device})


def test_a_gpu_that_onnxruntime_does_not_find_is_no_reason_for_the_cpu(
    refusal: Refusal, graph: Graph, environment: Environment
) -> None:
    python = environment("onnx", further=("onnxruntime-gpu",), without=("onnxruntime",))
    options = {"device": "cuda:63"}
    reason = refusal("onnx", python, graph(DOUBLE), options=options)
    assert "options.device 'cuda:63' cannot be used: onnxruntime finds no GPU" in reason


def test_the_cpu_is_said(serve_graph: ServeGraph) -> None:
    assert serve_graph(DOUBLE, options={"device": "cpu"}).state()["device"] == "cpu"
