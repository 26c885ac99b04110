"""A server holds its model once for each worker

`--workers 4` starts four processes, each of which loads the model.

Why:
    Memory times four, the GPU's too, and a start that is as slow as four. Requests are spread
    blindly, so that none of them can be batched with another.

Example:
    CMD ["uvicorn", "app:app", "--workers", "4"]

Instead:
    CMD ["uvicorn", "app:app"]

Source:
    Uvicorn documentation, deployment: workers are processes. Scale with replicas, each with its
    limits. Gunicorn's `--preload` loads once, before it forks, and is let be.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from argosy.compose_files.amounts import whole
from argosy.edits import Edit
from argosy.lint.finding import At, Finding
from argosy.lint.mending import replaced
from argosy.lint.project.command import Argument, CommandLine
from argosy.lint.project.image import Image
from argosy.lint.project.program import Program
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service

CODE = "AI117"
SEVERITY = "warning"
FIX = "unsafe"

_SERVERS = ("uvicorn", "gunicorn", "hypercorn", "fastapi", "granian", "sanic")
_VARIABLES = ("WEB_CONCURRENCY", "UVICORN_WORKERS")
_CONFIGURATIONS = ("gunicorn.conf.py", "gunicorn_conf.py")
_STEP = "Run one worker, and more replicas."


def check(project: Project) -> Iterator[Finding]:
    """Flags and variables of the servers for Python's web frameworks, and calls of Uvicorn's."""
    for service in project.services:
        yield from _of_service(service)
    for image in project.images:
        if project.runs_itself(image, "CMD"):
            words = tuple(Argument(one.text, image.at(one)) for one in image.command)
            found = _flag(CommandLine(words))
            last = image.stage.last("CMD") or image.stage.last("ENTRYPOINT")
            if found and last is not None:
                count, at = found
                yield Finding(image.at(last), _what(count), _STEP, fix=_fix(project, count, at))
        yield from _of_environment(project, image)
    for program in project.programs:
        for count, at in _in_program(program):
            yield Finding(at, _what(count), _STEP, fix=_fix(project, count, at))


def _of_service(service: Service) -> Iterator[Finding]:
    if service.engine:
        return
    if service.has_own_command and (found := _flag(service.command)):
        count, at = found
        if at.file in service.compose.files:
            written = service.compose.texts[at.file][at.start : at.end]
            fix = _one(count, at, written)
            yield Finding(at, _what(count), _STEP, service.name, fix=fix)
    for name in _VARIABLES:
        variable = service.environment.get(name)
        if variable is not None and _is_several(variable.value or ""):
            yield Finding(variable.at, _what(variable.value or ""), _STEP, service.name)


def _of_environment(project: Project, image: Image) -> Iterator[Finding]:
    """ENV, unless each service sets the variable again."""
    services = project.services_of(image)
    for name in _VARIABLES:
        word = image.stage.environment.get(name)
        is_set_again = bool(services) and all(name in one.environment for one in services)
        if word is not None and _is_several(word.text) and not is_set_again:
            at = image.at(word)
            yield Finding(at, _what(word.text), _STEP, fix=_fix(project, word.text, at))


def _flag(line: CommandLine) -> tuple[str, At] | None:
    """How many workers a command starts, and where it says so.

    With ``--preload`` they are forks that share what was loaded before.
    """
    if line.runs(*_SERVERS) is None or line.flag("--preload") is not None:
        return None
    found = line.flag("--workers", "-w")
    if found is not None:
        default = re.fullmatch(r"\$\{\w+:?-(\d+)\}", found.value)
        count = default[1] if default else found.value
        return (count, found.value_at or found.at) if _is_several(count) else None
    for one in line.arguments:
        attached = re.fullmatch(r"-w(\d+)", one.text)
        if attached and _is_several(attached[1]):
            return attached[1], one.at
    return None


def _in_program(program: Program) -> Iterator[tuple[str, At]]:
    if "workers" not in program.text or program.tree is None:
        return
    if program.file.name in _CONFIGURATIONS:
        for statement in program.tree.body:
            if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "workers":
                yield from _value(program, statement.value)
        return
    for node in ast.walk(program.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("uvicorn.run", "run"):
            is_path = bool(node.args) and isinstance(node.args[0], ast.Constant)
            for one in node.keywords:
                if one.arg == "workers" and is_path:  # an object is served by one process
                    yield from _value(program, one.value)


def _value(program: Program, value: ast.expr) -> Iterator[tuple[str, At]]:
    if isinstance(value, ast.Constant) and _is_several(str(value.value)):
        yield str(value.value), program.at(value)
    elif "cpu_count()" in ast.unparse(value):
        yield "", program.at(value)


def _is_several(text: str) -> bool:
    return (whole(text) or 0) > 1


def _what(count: str) -> str:
    if not count:
        return "as many workers as there are CPUs each load the model"
    return f"{count} workers load the model {count} times"


def _fix(project: Project, count: str, at: At) -> tuple[Edit, ...]:
    source = project.sources.get(at.file)
    return _one(count, at, source.text[at.start : at.end]) if source else ()


def _one(count: str, at: At, written: str) -> tuple[Edit, ...]:
    """1 in the place of the number, in its quotes or behind ``-w`` where it stands so."""
    found = re.fullmatch(rf"(['\"]?(?:-w)?){re.escape(count)}['\"]?", written) if count else None
    if found is None:
        return ()
    start = at.start + len(found[1])
    return replaced(At(at.file, start, start + len(count)), "1")
