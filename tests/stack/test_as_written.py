"""Variables that are handed on instead of filled in."""

from __future__ import annotations

from pathlib import Path

from argosy.stack import as_written

TEXT = """
models:
  one:
    env: {A: "${A:-x}", B: plain, C: "$5 and $$", D: "${B}", E: 0.10}
services:
  cache: {image: "redis:${TAG:-7}", command: [a, "$HOME", "${B}"]}
"""


def test_references_stay_and_other_dollars_are_escaped(tmp_path: Path) -> None:
    file = tmp_path / "argosy.yaml"
    file.write_text(TEXT)
    found = as_written.read(file)
    assert found.env == {
        "one": {"A": "${A:-x}", "B": "plain", "C": "$$5 and $$", "D": "${B}", "E": "0.1"}
    }
    assert found.services == {
        "cache": {"image": "redis:${TAG:-7}", "command": ["a", "$$HOME", "${B}"]}
    }
    assert found.variables == {"A": "x", "B": "", "TAG": "7"}
