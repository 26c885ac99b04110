from __future__ import annotations

from pathlib import Path

import pytest

from argosy import serving
from argosy.errors import UsageError
from argosy.stack.model import Model


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "My Model").mkdir()
    (tmp_path / "My Model" / "model.py").touch()
    return tmp_path / "My Model"


def test_a_folder_with_model_py_is_code(code: Path) -> None:
    assert serving.find(code) == Model("my-model", "python", code)


def test_weights_may_be_named_beside_the_code(code: Path, tmp_path: Path) -> None:
    weights = tmp_path / "w.bin"
    weights.touch()
    assert serving.find(code, weights=weights) == Model("my-model", "python", code, weights)


def test_a_file_is_weights_whose_suffix_names_the_engine(tmp_path: Path) -> None:
    graph = tmp_path / "digits.onnx"
    graph.touch()
    assert serving.find(graph) == Model("digits", "onnx", None, graph)
    assert serving.find(tmp_path).engine == "onnx", "the only one in a folder"


def test_an_engine_that_is_named_is_taken(tmp_path: Path) -> None:
    graph = tmp_path / "digits.graph"
    graph.touch()
    assert serving.find(graph, "onnx") == Model("digits", "onnx", None, graph)


@pytest.mark.parametrize(
    ("name", "engine", "expected"),
    [
        ("nothing", None, "no file or folder"),
        ("empty", None, "no model.py and no weights"),
        ("file.odd", None, "no engine is known for .odd"),
        ("file.odd", "vllm", "is a server of its own"),
        ("file.odd", "onxx", "Engines are: "),
        ("empty", "python", "there is no model.py"),
    ],
)
def test_what_cannot_be_served_is_said(
    tmp_path: Path, name: str, engine: str | None, expected: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.odd").touch()
    with pytest.raises(UsageError) as caught:
        serving.find(tmp_path / name, engine)
    assert expected in str(caught.value)
