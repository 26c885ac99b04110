from __future__ import annotations

from pathlib import Path

from argosy.imported import kinds

DOCUMENT = (Path(__file__).parents[3] / "docs" / "import.md").read_text()


def test_every_kind_is_documented() -> None:
    for kind in map(kinds.module, kinds.names()):
        assert kind.TITLE in DOCUMENT
