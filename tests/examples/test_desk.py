"""Each model of the desk gives its known answers in an environment of its own requirements."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

DESK = Path(__file__).parents[2] / "examples" / "desk"
DECLARED = YAML(typ="safe").load(DESK / "argosy.yaml")["models"]

# Stands in for the worker: loads the class as the worker does and answers one question.
ASK = """
import json, sys
from model import Model
model = Model()
if hasattr(model, "load"):
    model.load()
question = open(sys.argv[2], "rb").read() if sys.argv[1] == "bytes" else json.loads(sys.argv[2])
for example in Model.examples:
    model.predict(example)
print(json.dumps(model.predict(question)))
"""

ASK_GRAPH = """
import json, sys
import numpy, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
names = [output.name for output in session.get_outputs()]
rows = numpy.array(json.loads(sys.argv[2]), dtype=numpy.float32)
answers = session.run(None, {"pixels": rows})
print(json.dumps({name: answer.tolist() for name, answer in zip(names, answers)}))
"""


@pytest.mark.parametrize(
    ("model", "question", "answer"),
    [
        ("sentiment", "What a lovely day!", {"label": "positive", "score": 0.6239}),
        ("sentiment", "I hate waiting.", {"label": "negative", "score": -0.5719}),
        ("sentiment", "This is a chair.", {"label": "neutral", "score": 0.0}),
        ("numbers", {"low": 6, "high": 6}, {"number": 6}),
    ],
)
def test_a_model_answers_its_known_answer(model: str, question: object, answer: object) -> None:
    assert _ask(model, "json", json.dumps(question)) == answer


def test_numbers_stay_within_their_bounds() -> None:
    answer = _ask("numbers", "json", "null")
    assert isinstance(answer, dict)
    assert 0 <= answer["number"] <= 100


def test_filetype_names_what_the_bytes_are() -> None:
    answer = _ask("filetype", "bytes", str(DESK / "inputs" / "greet.rs"))
    assert answer == {"label": "rust", "group": "code", "score": pytest.approx(1.0, abs=0.001)}


def test_filetype_takes_an_empty_file(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    assert _ask("filetype", "bytes", str(empty)) == {
        "label": "empty",
        "group": "inode",
        "score": 1.0,
    }


def test_the_committed_digits_graph_answers_a_label_and_ten_probabilities_a_row() -> None:
    questions = [_picture("three"), _picture("seven")]
    answers = _ask_graph(DESK / "weights" / "digits.onnx", questions)
    assert list(answers) == ["label", "probabilities"]
    assert answers["label"] == [3, 7]
    assert [len(row) for row in answers["probabilities"]] == [10, 10]
    assert [round(sum(row), 4) for row in answers["probabilities"]] == [1.0, 1.0]


def test_training_the_digits_again_gives_the_same_suite_and_classifiers_as_good(
    tmp_path: Path,
) -> None:
    (tmp_path / "digits").mkdir()
    (tmp_path / "weights").mkdir()
    script = tmp_path / "digits" / "train.py"
    shutil.copy(DESK / "digits" / "train.py", script)
    said = _run("uv", "run", "--quiet", "--script", str(script))
    found = [line.rpartition(": ")[2] for line in said.splitlines()]
    served, better, equal, worse = map(float, found)
    assert worse < 0.95 <= min(served, better, equal)
    assert better > served
    assert abs(served - equal) < 0.01
    weights = tmp_path / "weights" / "digits.onnx"
    assert weights.stat().st_size < 100_000
    assert _ask_graph(weights, [_picture("three")])["label"] == [3]
    suite = Path("probes", "digits.jsonl")
    assert (tmp_path / suite).read_text() == (DESK / suite).read_text()


def test_the_suite_of_digits_asks_500_pictures_of_which_most_are_known() -> None:
    lines = (DESK / "probes" / "digits.jsonl").read_text().splitlines()
    suite = [json.loads(line) for line in lines]
    assert len(suite) == 500
    assert {tag for item in suite for tag in item["tags"]} == {f"digit-{one}" for one in range(10)}
    answers = _ask_graph(DESK / "weights" / "digits.onnx", [item["input"] for item in suite])
    right = sum(
        item["expected"] == label for item, label in zip(suite, answers["label"], strict=True)
    )
    assert right / len(suite) >= 0.95


def test_the_pins_of_digits_and_filetype_could_not_share_an_environment() -> None:
    trained_with = DESK / "digits" / "train.py"
    assert '"numpy==2' in trained_with.read_text()
    assert "numpy==1.26" in (DESK / "filetype" / "requirements.txt").read_text()


def _ask(model: str, kind: str, question: str) -> object:
    code = DESK / model
    requirements = code / "requirements.txt"
    environment = ["--with-requirements", str(requirements)] if requirements.exists() else []
    python = DECLARED[model].get("python", sys.executable)
    command = ["uv", "run", "--quiet", "--no-project", "--isolated", "--python", python]
    said = _run(*command, *environment, "python", "-B", "-c", ASK, kind, question, cwd=code)
    answer: object = json.loads(said)
    return answer


def _ask_graph(weights: Path, rows: list[list[float]]) -> dict[str, Any]:
    command = ["uv", "run", "--quiet", "--no-project", "--isolated", "--python", sys.executable]
    command += ["--with", "onnxruntime==1.31.1", "--with", "numpy==2.4.6", "python", "-c"]
    answers: dict[str, Any] = json.loads(_run(*command, ASK_GRAPH, str(weights), json.dumps(rows)))
    return answers


def _picture(name: str) -> list[float]:
    pixels: list[float] = json.loads((DESK / "inputs" / f"{name}.json").read_text())["input"]
    return pixels


def _run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=170
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
