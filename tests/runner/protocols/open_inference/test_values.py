from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.runner.protocols.open_inference.conftest import Serve
from tests.runner.replicas import Replica

FUNCTIONS = {
    "anything": "def predict(self, value): return value",
    "text": "def predict(self, text: str): return text.upper()",
    "number": "def predict(self, number: float): return number / 2",
    "numbers": "max_batch = 8\n    def predict(self, rows: list[list[float]]): return rows",
    "flag": "def predict(self, flag: bool): return {'not': not flag, 'said': str(flag)}",
    "file": "def predict(self, content: bytes): return len(content)",
    "optional": "def predict(self, text: str | None): return text",
    "listed": "def predict(self, rows: dict[str, list[int]]): return rows",
    "patient": "def predict(self, patient: Patient): return patient.age + sum(patient.scores)",
    "picture": "def predict(self, picture: Picture): return [picture.name, *picture.content]",
    "split": "max_batch = 8\n    def predict(self, rows: list[str]) -> list[list[float]]:\n"
    "        return [list(range(len(row))) for row in rows]",
    "measured": "def predict(self, text: str) -> Measure: return Measure(len(text))",
    "shouting": "def stream(self, text: str) -> Iterator[str]: yield text.upper()",
    "embed": "def embed(self, texts): return [[float(len(text)), 1.0] for text in texts]",
}
CODE = """
from collections.abc import Iterator
from dataclasses import dataclass, field

@dataclass
class Patient:
    age: int
    scores: list[float] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)

@dataclass
class Picture:
    name: int
    content: bytes

@dataclass
class Measure:
    length: float
    words: list[str] = field(default_factory=list)
    unit: str = field(default="letters", init=False)

class Model:
    """


@pytest.fixture(scope="session")
def model(serve_anew: Serve) -> Callable[[str], Replica]:
    replicas: dict[str, Replica] = {}

    def find(name: str) -> Replica:
        if name not in replicas:
            replicas[name] = serve_anew(CODE + FUNCTIONS[name])
        return replicas[name]

    return find


def ask(replica: Replica, *inputs: tuple[str, str, list[int], Any]) -> Any:
    names = ("name", "datatype", "shape", "data")
    told = [dict(zip(names, each, strict=True)) for each in inputs]
    answer = replica.client.post("/v2/models/m/infer", json={"inputs": told})
    if answer.status_code != 200:
        return answer.status_code, answer.json()["error"]
    return [tuple(each[name] for name in names) for each in answer.json()["outputs"]]


Model = Callable[[str], Replica]


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("anything", [("input", "BYTES", [-1])]),
        ("text", [("input", "BYTES", [-1])]),
        ("number", [("input", "FP64", [-1])]),
        ("numbers", [("input", "FP64", [-1, -1])]),
        ("flag", [("input", "BOOL", [-1])]),
        ("file", [("input", "BYTES", [-1])]),
        (
            "patient",
            [("age", "INT64", [-1]), ("scores", "FP64", [-1, -1]), ("notes", "BYTES", [-1])],
        ),
        ("embed", [("input", "BYTES", [-1])]),
    ],
)
def test_hints_become_inputs(model: Model, name: str, inputs: Any) -> None:
    told = model(name).client.get("/v2/models/m").json()
    assert [(each["name"], each["datatype"], each["shape"]) for each in told["inputs"]] == inputs
    assert told["platform"] == "python"


@pytest.mark.parametrize(
    ("name", "outputs"),
    [
        ("anything", []),
        ("split", [("output", "FP64", [-1, -1])]),
        (
            "measured",
            [("length", "FP64", [-1]), ("words", "BYTES", [-1, -1]), ("unit", "BYTES", [-1])],
        ),
        ("shouting", [("output", "BYTES", [-1])]),
        ("embed", [("output", "FP32", [-1, -1])]),
    ],
)
def test_hints_of_answers_become_outputs(model: Model, name: str, outputs: Any) -> None:
    told = model(name).client.get("/v2/models/m").json()
    assert [(each["name"], each["datatype"], each["shape"]) for each in told["outputs"]] == outputs


@pytest.mark.parametrize(
    ("name", "inputs", "answer"),
    [
        (
            "anything",
            [("input", "INT8", [2, 2], [[1, 2], [3, 4]])],
            [("output", "INT64", [2, 2], [1, 2, 3, 4])],
        ),
        (
            "anything",
            [("input", "FP16", [2, 1], [1, 2.5])],
            [("output", "FP64", [2, 1], [1.0, 2.5])],
        ),
        ("anything", [("input", "BYTES", [], "é")], [("output", "BYTES", [1], ["é"])]),
        ("anything", [("input", "BOOL", [2, 0], [])], [("output", "FP64", [2, 0], [])]),
        ("anything", [("input", "BOOL", [0], [])], [("output", "BYTES", [0], [])]),
        (
            "anything",
            [("a", "BF16", [2], [1, 2]), ("b", "BYTES", [2, 2], ["p", "q", "r", "s"])],
            [("a", "FP64", [2], [1.0, 2.0]), ("b", "BYTES", [2, 2], ["p", "q", "r", "s"])],
        ),
        ("text", [("input", "BYTES", [2], ["a", "b"])], [("output", "BYTES", [2], ["A", "B"])]),
        ("text", [("input", "BYTES", [2, 1], ["a", "b"])], [("output", "BYTES", [2], ["A", "B"])]),
        ("text", [("input", "INT8", [1], [1])], (400, "input, row 0: expected str, got int")),
        ("number", [("input", "FP32", [2], [1, 3])], [("output", "FP64", [2], [0.5, 1.5])]),
        (
            "number",
            [("input", "FP32", [1, 2], [1, 3])],
            (400, "input, row 0: expected float, got array"),
        ),
        (
            "numbers",
            [("input", "UINT64", [20, 1], list(range(20)))],
            [("output", "INT64", [20, 1], list(range(20)))],
        ),
        (
            "flag",
            [("input", "BOOL", [2], [True, False])],
            [("not", "BOOL", [2], [False, True]), ("said", "BYTES", [2], ["True", "False"])],
        ),
        ("file", [("input", "BYTES", [2], ["a", "bcd"])], [("output", "INT64", [2], [1, 3])]),
        ("file", [("input", "INT8", [1], [1])], (400, "input 'input': it is BYTES, not INT8")),
        ("optional", [("input", "BYTES", [1], ["a"])], [("output", "BYTES", [1], ["a"])]),
        ("listed", [("input", "BYTES", [1], ['{"a": [1]}'])], [("a", "INT64", [1, 1], [1])]),
        ("listed", [("a", "INT32", [2, 1], [1, 2])], [("a", "INT64", [2, 1], [1, 2])]),
        (
            "listed",
            [("input", "BYTES", [1], ['{"a"'])],
            (400, "input 'input': JSON text is expected"),
        ),
        (
            "listed",
            [("input", "INT8", [1], [1])],
            (400, "input 'input': it is BYTES of shape [-1]"),
        ),
        (
            "patient",
            [("age", "INT32", [2], [1, 2]), ("scores", "FP32", [2, 2], [1, 2, 3, 4])],
            [("output", "FP64", [2], [4.0, 9.0])],
        ),
        (
            "patient",
            [("age", "INT64", [1], [1]), ("notes", "BYTES", [1], ['{"a": "b"}'])],
            [("output", "INT64", [1], [1])],
        ),
        (
            "patient",
            [("age", "INT64", [1], [1]), ("notes", "BYTES", [1], ['{}, "age": 5'])],
            (400, "input 'notes': JSON text is expected"),
        ),
        ("patient", [("scores", "FP32", [1, 1], [1])], (400, "input 'age': missing")),
        (
            "patient",
            [("age", "INT64", [1], [1]), ("x", "INT8", [1], [1])],
            (400, "input 'x': no such input"),
        ),
        (
            "patient",
            [("age", "INT64", [1], [1]), ("scores", "FP64", [2, 1], [1, 2])],
            (400, "input 'scores': 2 rows, where 'age' has 1"),
        ),
        (
            "embed",
            [("input", "BYTES", [2], ["a", "bc"])],
            [("output", "FP32", [2, 2], [1.0, 1.0, 2.0, 1.0])],
        ),
        (
            "split",
            [("input", "BYTES", [2], ["ab", "cd"])],
            [("output", "FP64", [2, 2], [0.0, 1.0, 0.0, 1.0])],
        ),
        ("split", [("input", "BYTES", [2], ["a", ""])], [("output", "BYTES", [2], ["[0]", "[]"])]),
        ("split", [("input", "BYTES", [0], [])], [("output", "FP64", [0, 0], [])]),
        (
            "measured",
            [("input", "BYTES", [2], ["", "abc"])],
            [
                ("length", "FP64", [2], [0.0, 3.0]),
                ("words", "BYTES", [2, 0], []),
                ("unit", "BYTES", [2], ["letters", "letters"]),
            ],
        ),
        ("embed", [("input", "BYTES", [0], [])], [("output", "FP32", [0, 0], [])]),
        ("embed", [("input", "INT8", [1], [1])], (400, "input 'input': it is BYTES, not INT8")),
    ],
)
def test_rows_of_tensors_are_inputs_and_answers_are_tensors(
    model: Model, name: str, inputs: Any, answer: Any
) -> None:
    found = ask(model(name), *inputs)
    if isinstance(answer, tuple):
        assert found[0] == answer[0]
        assert found[1].startswith(answer[1])
    else:
        assert found == answer


def test_bytes_in_an_object_are_the_elements(model: Model) -> None:
    head = (
        b'{"inputs": [{"name": "name", "datatype": "INT64", "shape": [1], "data": [7]},'
        b' {"name": "content", "datatype": "BYTES", "shape": [1],'
        b' "parameters": {"binary_data_size": 6}}]}'
    )
    headers = {"inference-header-content-length": str(len(head))}
    answer = model("picture").client.post(
        "/v2/models/m/infer", content=head + b"\x02\x00\x00\x00\xff\x01", headers=headers
    )
    assert answer.json()["outputs"][0]["data"] == [7, 255, 1]


def test_numbers_that_json_lacks_do_not_reach_a_python_model(model: Model) -> None:
    head = (
        b'{"inputs": [{"name": "input", "datatype": "FP32", "shape": [1],'
        b' "parameters": {"binary_data_size": 4}}]}'
    )
    headers = {"inference-header-content-length": str(len(head))}
    answer = model("number").client.post(
        "/v2/models/m/infer", content=head + b"\x00\x00\xc0\x7f", headers=headers
    )
    assert answer.status_code == 400
    assert "NaN and infinity cannot go to a Python model" in answer.json()["error"]


def test_a_model_that_only_chats_takes_no_tensors(serve_anew: Serve) -> None:
    replica = serve_anew("class Model:\n    def chat(self, messages):\n        yield 'hello'\n")
    status, error = ask(replica, ("input", "BYTES", [1], ["hello"]))
    assert status == 400
    assert "takes no tensors: its model has chat" in error


def test_the_callers_own_limit_holds(serve_anew: Serve) -> None:
    replica = serve_anew(
        "import time\nclass Model:\n    def predict(self, seconds: float):\n"
        "        time.sleep(seconds)\n        return seconds\n"
    )
    body: dict[str, Any] = {
        "inputs": [{"name": "input", "datatype": "FP64", "shape": [1], "data": [2.0]}]
    }
    late = replica.client.post(
        "/v2/models/m/infer", json=body, headers={"x-request-timeout": "100ms"}
    )
    assert (late.status_code, list(late.json())) == (504, ["error"])
    own = replica.client.post("/v2/models/m/infer", json={**body, "parameters": {"timeout": 10**5}})
    assert own.status_code == 504
