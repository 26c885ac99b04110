"""A Compose file begins with `version:`

Compose v2 ignores it, and says so at each command.

Why:
    It selects nothing: what it named was the format of Compose v1, which is gone.

Example:
    version: "3.9"
    services: …

Instead:
    services: …

Source:
    Compose specification, version top-level element (obsolete).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from argosy.compose_files.editing import CannotEdit, remove_key
from argosy.compose_files.project import Project as ComposeFiles
from argosy.edits import Edit
from argosy.lint.finding import At, Finding
from argosy.lint.project.project import Project

CODE = "AI410"
SEVERITY = "warning"
FIX = "safe"


def check(project: Project) -> Iterator[Finding]:
    """Files in which a model's service stands."""
    for compose in project.compose:
        value = compose.root.mapping.get("version")
        if value is None or not project.services_in(compose):
            continue
        span = value.key or value.span
        yield Finding(
            At(value.place.file, span.start, span.end),
            f"`version: {value.text}` selects nothing any more",
            "Take the line out.",
            fix=_fix(compose),
        )


def _fix(compose: ComposeFiles) -> tuple[Edit, ...]:
    with suppress(CannotEdit):
        return remove_key(compose, compose.root, "version")
    return ()
