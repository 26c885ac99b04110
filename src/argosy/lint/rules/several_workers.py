"""A server holds its model once for each worker

`--workers 4` starts four processes, each of which loads the model.

Why:
    Memory times four, the GPU's too, and a start that is as slow as four. Requests are spread
    blindly, so that none of them can be batched with another.

Example:
    CMD ["uvicorn", "app:app", "--workers", "4"]

Instead:
    CMD ["uvicorn", "app:app"]        # and replicas, each with its limits

Source:
    Uvicorn documentation, deployment: workers are processes. Workers that only pass requests on to
    a model elsewhere are fine.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.edits import Edit
from argosy.lint.finding import At, Finding
from argosy.lint.mending import replaced
from argosy.lint.project.command import Argument, CommandLine, Flag
from argosy.lint.project.project import Project

CODE = "AI117"
SEVERITY = "warning"
FIX = "unsafe"

_SERVERS = ("uvicorn", "gunicorn", "hypercorn", "fastapi", "granian", "sanic")


def check(project: Project) -> Iterator[Finding]:
    """Flags of the servers for Python's web frameworks, and ``WEB_CONCURRENCY``."""
    for service in project.services:
        if service.engine or not service.has_own_command:
            continue
        if found := _workers(service.command):
            yield Finding(
                found.at,
                _what(found.value),
                "Run one, and more replicas.",
                service.name,
                fix=_fix(found),
            )
    for service in project.services:
        variable = service.environment.get("WEB_CONCURRENCY")
        if (
            variable is not None
            and (variable.value or "").isdigit()
            and int(variable.value or 0) > 1
        ):
            yield Finding(
                variable.at,
                _what(variable.value or ""),
                "Run one, and more replicas.",
                service.name,
            )
    for image in project.images:
        words = tuple(Argument(one.text, image.at(one)) for one in image.command)
        found = _workers(CommandLine(words))
        last = image.stage.last("CMD") or image.stage.last("ENTRYPOINT")
        if found and last is not None:
            yield Finding(
                image.at(last), _what(found.value), "Run one, and more replicas.", fix=_fix(found)
            )


def _workers(line: CommandLine) -> Flag | None:
    if line.runs(*_SERVERS) is None:
        return None
    found = line.flag("--workers", "-w")
    return found if found is not None and found.value.isdigit() and int(found.value) > 1 else None


def _what(count: str) -> str:
    return f"{count} workers load the model {count} times"


def _fix(found: Flag) -> tuple[Edit, ...]:
    at = found.value_at
    if at is None:
        return ()
    length = at.end - at.start
    if length == len(found.value) + 2:
        at = At(at.file, at.start + 1, at.end - 1)
    return replaced(at, "1") if at.end - at.start == len(found.value) else ()
