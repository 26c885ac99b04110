from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from argosy_runner.engines import torch
from argosy_runner.worker.faults import CannotLoad
from tests.runner.conftest import Start
from tests.runner.engines.conftest import Library, Refusal, Serve, compare, make

PROGRAM = """
import json, warnings
import torch
from torch.export import Dim

warnings.simplefilter("ignore")
torch.manual_seed(0)
rows = torch.randn(30, 3)
expected = {"rows": rows.tolist()}

class Line(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 2)
        self.dropout = torch.nn.Dropout()

    def forward(self, x):
        return self.dropout(self.linear(x))

line = Line()
torch.jit.script(line).save("line.pt")
torch.save(line.state_dict(), "state.pt")
line.eval()
expected["line"] = line(rows).tolist()
for name, least in (("four", 1), ("crowd", 2)):
    batch = Dim("batch", min=least, max=4)
    exported = torch.export.export(line, (rows[:2],), dynamic_shapes={"x": {0: batch}})
    torch.export.save(exported, f"{name}.pt2")

class Pair(torch.nn.Module):
    def forward(self, a, b, scale: float = 1.0):
        return a + b.unsqueeze(-1), b * 2

torch.jit.script(Pair()).save("pair.pt")

class Number(torch.nn.Module):
    def forward(self, x, times: int):
        return x * times

torch.jit.script(Number()).save("number.pt")

class Words(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(10, 4).to(torch.bfloat16)

    def forward(self, words, weight):
        vector = self.embedding(words).mean(1) * weight.unsqueeze(-1)
        return {"vector": vector, "most": vector.argmax(-1)}

words = Words().eval()
ids = torch.randint(0, 10, (3, 5))
weight = torch.ones(3, dtype=torch.bfloat16)
batch = Dim("batch")
torch.export.save(
    torch.export.export(words, (ids,), {"weight": weight},
                        dynamic_shapes={"words": {0: batch, 1: Dim("length", min=2)},
                                        "weight": {0: batch}}),
    "words.pt2",
)
answer = words(ids, weight=weight)
expected["words"] = [{"words": i, "weight": w} for i, w in zip(ids.tolist(), weight.tolist())]
expected["vectors"] = [{"vector": v, "most": m}
                       for v, m in zip(answer["vector"].tolist(), answer["most"].tolist())]
json.dump(expected, open("expected.json", "w"))
"""

ONE = {"inputs": [{"name": "x", "type": "float32", "shape": [3]}]}


@pytest.fixture(scope="module")
def library(torch_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Library:
    return make(torch_python, tmp_path_factory.mktemp("torch"), PROGRAM)


def line(library: Library) -> list[Any]:
    return [pytest.approx(row, rel=1e-5, abs=1e-6) for row in library.expected("line")]


@pytest.mark.parametrize("options", [ONE, {}])
def test_the_answers_are_the_librarys_own(served: Serve, library: Library, options: Any) -> None:
    replica = served("torch", library, "line.pt", options=options)
    compare(replica, library.expected("rows"), line(library))
    assert (replica.state()["device"], replica.state()["warning"]) == ("cpu", "")
    assert ", on cpu\n" in replica.log


def test_an_exported_program_gets_no_more_rows_than_it_allows(
    served: Serve, library: Library
) -> None:
    replica = served("torch", library, "four.pt2")
    compare(replica, library.expected("rows"), line(library))
    metrics = replica.client.get("/metrics").text
    sizes = [row.split() for row in metrics.splitlines() if row.startswith("argosy_batch_rows_b")]
    assert {count for name, count in sizes if 'le="4.0"' in name or 'le="+Inf"' in name} == {
        sizes[-1][1]
    }


PAIR = [{"name": "a", "shape": [None]}, {"name": "b", "type": "float64", "shape": []}]


@pytest.mark.parametrize("options", [{"inputs": PAIR}, {}])
def test_several_inputs_and_outputs_go_by_name(
    served: Serve, library: Library, options: Any
) -> None:
    replica = served("torch", library, "pair.pt", options=options)
    assert replica.ask({"a": [1, 2], "b": 3}) == {"output_0": [4, 5], "output_1": 6}
    rows = [{"a": [1] * (1 + at % 3), "b": at} for at in range(12)]  # of unequal shapes
    outputs = replica.post({"inputs": rows}).json()["outputs"]
    assert [each["output_0"] for each in outputs] == [[1 + at] * (1 + at % 3) for at in range(12)]
    wrong = replica.post({"input": {"a": [1, 2], "b": "x"}})
    assert wrong.status_code == (422 if options else 500)


def test_an_exported_program_describes_itself(served: Serve, library: Library) -> None:
    replica = served("torch", library, "words.pt2")
    expected = [
        {"vector": pytest.approx(each["vector"], rel=0.02), "most": each["most"]}
        for each in library.expected("vectors")
    ]
    compare(replica, library.expected("words"), expected)
    missing = replica.post({"input": {"words": [1, 2]}})
    assert missing.json()["detail"] == "$.input: object missing required field weight"


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("state.pt", {}, "the weights hold no TorchScript: write them with torch.jit.save"),
        ("number.pt", {}, "forward takes times: int, and only tensors can be sent"),
        ("crowd.pt2", {}, "the program was exported for batches of at least 2, and a request may"),
        (
            "line.pt",
            {"device": "cuda"},
            "cannot be used: Torch not compiled with CUDA enabled: torch 2.13.0+cpu is a build",
        ),
        ("line.pt", {"device": "gpu"}, "options.device 'gpu' cannot be used: Expected one of cpu,"),
        ("line.pt", {"device": 0}, "options.device must be cpu, cuda, cuda:1 …, not 0"),
        ("line.pt", {"inputs": [{"name": "x", "shape": [4]}]}, "zeros of shapes [(2, 4)"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    refusal: Refusal, library: Library, name: str, options: Any, expected: str
) -> None:
    assert expected in refusal("torch", library.python, library.folder / name, options=options)


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (3, "options.inputs must be a list: [{name: x, shape: [3]}]"),
        (["x"], "options.inputs must be a list: "),
        ([{"name": "x"}], "options.inputs[0].shape must be a list of sizes like [3, null]"),
        ([{"name": "x", "shape": [3.5]}], "options.inputs[0].shape must be a list of sizes"),
        ([{"name": "x", "shape": [3], "type": "text"}], "options.inputs[0].type is 'text'"),
        ([{"name": "y", "shape": [3]}], "options.inputs must describe, in this order: x"),
    ],
)
def test_inputs_are_described_in_full(inputs: Any, expected: str) -> None:
    with pytest.raises(CannotLoad) as caught:
        torch.declared(inputs, ["x"])
    assert str(caught.value).startswith(expected)


@pytest.mark.parametrize("name", ["m.pt", "m.pt2"])
def test_what_is_broken_is_refused(
    refusal: Refusal, torch_python: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(b"nothing")
    assert refusal("torch", torch_python, tmp_path / name).startswith(f"torch cannot read {name}: ")


def test_an_exported_program_from_elsewhere_needs_trust(refusal: Refusal, library: Library) -> None:
    weights = library.folder / "four.pt2"
    assert "trust: pickle" in refusal("torch", library.python, weights, weights_local=False)


def test_a_missing_package_is_named(refusal: Refusal, graph_python: Path, library: Library) -> None:
    reason = refusal("torch", graph_python, library.folder / "line.pt")
    assert "needs torch, which is not installed: add it to requirements.txt" in reason


def test_torchs_own_error_of_a_full_gpu_is_known(start: Start, torch_python: Path) -> None:
    code = """
        import torch
        class Model:
            def predict(self, value):
                if value == "large":
                    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
                return value
        """
    replica = start(code, python=str(torch_python)).until_ready()
    failed = replica.post({"input": "large"})
    assert failed.status_code == 500
    assert failed.json()["detail"].startswith("out of GPU memory: CUDA out of memory. Tried to")
    assert replica.ask("small") == "small"
    assert replica.state()["worker_restarts"] == 0
