from __future__ import annotations

import os
from pathlib import Path

import pytest

from argosy.stack.references import resolve
from tests.stack.conftest import Mistakes, Parse


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("{}", "1:10: models.a: the engine python needs code. Name the folder"),
        ("{weights: weights.onnx}", "the engine python needs code. Did you mean `engine: onnx`?"),
        ("{engine: onnx}", "the engine onnx needs weights. Name the file or folder"),
        ("{code: cod}", "models.a.code: `cod`: no folder is here. Did you mean code?"),
        ("{code: elsewhere/entirely}", "Paths are relative to the stack file's folder."),
        ("{code: weights.onnx}", "this is a file, not a folder. Name the folder"),
        ("{code: empty}", "the folder has no model.py. Write one with a class Model."),
        ("{engine: onnx, weights: weight.onnx}", "is here. Did you mean weights.onnx?"),
        (
            "{engine: torch, weights: weights.onnx}",
            "takes no .onnx file. Did you mean `engine: onnx`",
        ),
        ("{engine: onnx, weights: pipe}", "this is neither a file nor a folder"),
        ('{code: "a\\nb"}', "no folder is here"),
        (f"{{code: {'a' * 300}}}", "no folder is here"),
        ("{code: loop}", "no folder is here"),
        ("{code: ~nobody-of-this-name/code}", "no folder is here"),
    ],
)
def test_what_a_model_names_must_exist(
    mistakes: Mistakes, folder: Path, keys: str, expected: str
) -> None:
    (folder / "empty").mkdir()
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe")
    (line,) = mistakes(f"models: {{a: {keys}}}")
    assert expected in line


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("key", ["code", "weights"])
def test_what_cannot_be_read_is_refused(mistakes: Mistakes, folder: Path, key: str) -> None:
    place = folder / {"code": "code", "weights": "weights.onnx"}[key]
    place.chmod(0)
    try:
        (line,) = mistakes("models: {a: {code: code, weights: weights.onnx}}")
    finally:
        place.chmod(0o700)
    assert f"models.a.{key}: " in line
    assert "cannot be read" in line


def test_an_engine_other_than_python_needs_no_code(stack: Parse, folder: Path) -> None:
    model = stack("models: {a: {engine: onnx, weights: ./weights.onnx}}").models[0]
    assert (model.code, model.weights) == (None, folder / "weights.onnx")


def test_paths_are_relative_to_the_stack_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert resolve(folder, "../desk/./code") == folder / "code"
    assert resolve(folder, "~/code") == folder / "code"
    assert resolve(folder, "/code") == Path("/code")
