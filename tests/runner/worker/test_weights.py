from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from argosy_runner.worker import weights
from argosy_runner.worker.faults import CannotLoad
from argosy_runner.worker.main import Place


def place(path: Path | None, **told: Any) -> Place:
    named = {"options": {}, "trust": None, "weights_local": True, **told}
    return Place(None, str(path) if path else None, None, **named)


def test_the_only_file_of_a_folder_is_meant(tmp_path: Path) -> None:
    (tmp_path / "README.md").touch()
    (tmp_path / "Digits.ONNX").touch()
    assert weights.file(place(tmp_path), "onnx", (".onnx",)) == str(tmp_path / "Digits.ONNX")
    (tmp_path / "other.onnx").touch()
    with pytest.raises(CannotLoad, match=r"holds 2 \.onnx files where one is wanted"):
        weights.file(place(tmp_path), "onnx", (".onnx",))


def test_a_suffix_that_nobody_claims_is_left_to_the_library(tmp_path: Path) -> None:
    file = tmp_path / "digits"
    file.touch()
    assert weights.file(place(file), "onnx", (".onnx",)) == str(file)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotLoad, match=r"engine onnx needs `weights`: the path of a \.onnx file"):
        weights.file(place(None), "onnx", (".onnx",))
    with pytest.raises(CannotLoad, match="absent does not exist"):
        weights.file(place(tmp_path / "absent"), "onnx", (".onnx",))


def test_a_file_of_another_engine_names_that_engine(tmp_path: Path) -> None:
    file = tmp_path / "digits.onnx"
    file.touch()
    with pytest.raises(CannotLoad, match=r"is no \.skops file: did you mean `engine: onnx`\?"):
        weights.file(place(file), "sklearn", (".skops",))


def test_a_pickle_is_read_from_this_machine_or_with_trust(tmp_path: Path) -> None:
    weights.refuse_untrusted_pickle(place(tmp_path), "m.pkl")
    elsewhere = {"weights_local": False}
    weights.refuse_untrusted_pickle(place(tmp_path, trust="pickle", **elsewhere), "m.pkl")
    with pytest.raises(CannotLoad, match="write `trust: pickle` if you trust its origin"):
        weights.refuse_untrusted_pickle(place(tmp_path, **elsewhere), "m.pkl")
