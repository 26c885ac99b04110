from __future__ import annotations

from pathlib import Path

from argosy.doctor import checks
from argosy.doctor.reference import document

DOCS = Path(__file__).parents[2] / "docs"


def test_the_document_is_what_the_checks_say() -> None:
    assert (DOCS / "doctor.md").read_text() == document(), "run scripts/docs"


def test_every_check_is_in_the_document() -> None:
    text = document()
    assert all(f"| {name.replace('_', ' ')} |" in text for name in checks.names())
