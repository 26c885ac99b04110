from __future__ import annotations

import json
from pathlib import Path

import pytest

from argosy import find
from argosy.cli.meant import stack_or_model


def test_a_word_with_two_meanings_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "desk" / "argosy.yaml"
    file.parent.mkdir()
    file.write_text("models: {desk: {}, digits: {}}")
    (find.run_folder(file) / "stack.json").write_text(json.dumps({"file": str(file)}))
    monkeypatch.chdir(file.parent)
    assert stack_or_model("digits") == (file, "digits")
    assert capsys.readouterr().err == ""
    assert stack_or_model("desk") == (file, "desk")
    said = f"argosy: desk is taken for the model of {file}, not for the stack of {file}\n"
    assert capsys.readouterr().err == said
