"""Services that are none, of which no rule would say a word. No I/O here."""

from __future__ import annotations

from collections.abc import Iterator

from argosy.compose_files.parsing import SERVICES_STEP
from argosy.compose_files.project import Project
from argosy.compose_files.tree import Value
from argosy.errors import Problem


def shape_problems(compose: Project) -> Iterator[Problem]:
    """What stands where a mapping of services, or a service, is expected."""
    services = compose.root.mapping.get("services")
    if services is None:
        return
    if _is_other(services):
        what = "this is no mapping of services"
        yield _problem(services, "services", what, SERVICES_STEP)
    for name, one in services.mapping.items():
        if _is_other(one):
            step = f"Write it like `{name}: {{image: …}}`."
            yield _problem(one, f"services.{name}", "this is no mapping, so no service", step)


def _is_other(value: Value) -> bool:
    """Whether there is something, and no mapping."""
    return not value.mapping and bool(value.items or value.text)


def _problem(value: Value, path: str, what: str, next_step: str) -> Problem:
    place = value.place
    return Problem(place.file, place.line, place.column, path, what, next_step)
