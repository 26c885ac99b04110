"""A serving program has one endpoint for liveness and readiness

`/health` answers as soon as the process runs, and nothing says whether the model is loaded.

Why:
    Whoever asks `/health` to know when to send requests sends them too early; whoever makes it wait
    for the model gets the process restarted while it loads. They are two questions.

Example:
    @app.get("/health")
    async def health(): return {"status": "ok"}

Instead:
    @app.get("/health")
    async def health(): return {"status": "ok"}

    @app.get("/ready")
    async def ready(response: Response):
        response.status_code = 200 if app.state.model else 503

Source:
    Kubernetes documentation, liveness and readiness probes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from argosy.lint.finding import At, Finding
from argosy.lint.project.program import Program
from argosy.lint.project.project import Project

CODE = "AI310"
SEVERITY = "warning"

_LIVE = re.compile(r"/(api/|v\d+/)?(health|healthz|healthcheck|live|livez|alive|ping|status)/?")
_ROUTES = re.compile(r"^\s*@[\w.]+\.(get|route|api_route|head)\(", re.MULTILINE)
_WRITTEN = re.compile(
    r"^[ \t]*@[\w.]+\.(?:get|route|api_route|head)\(\s*[\"']([^\"'\n]*)[\"']", re.MULTILINE
)
_READY = re.compile(
    r"ready|readiness|startup|started|loaded|warm|v2/health|/health/", re.IGNORECASE
)
_STEP = "Add `/ready`, which answers 503 until the model can answer."


def check(project: Project) -> Iterator[Finding]:
    """Programs with a route for liveness, beside which no route says anything of readiness."""
    for group in _groups(project):
        if not any(one.holds_model for one in group):
            continue
        serving = [one for one in group if one.serves]
        written = [path for one in serving for path in _WRITTEN.findall(one.text)]
        if any(_READY.search(path) for path in written):
            continue  # most programs are told by this, without parsing them
        routes = [route for one in serving for route in _routes(one)]
        if any(_READY.search(path) for path, _ in routes):
            continue
        for path, at in routes:
            if _LIVE.fullmatch(path):
                yield Finding(
                    at,
                    f"`{path}` alone tells of this service: nothing says when its model is loaded",
                    _STEP,
                )
                break


def _groups(project: Project) -> Iterator[Sequence[Program]]:
    """The programs of one image or model together; loose ones each alone."""
    taken: set[Path] = set()
    groups = [*(one.programs for one in project.images), *(one.programs for one in project.models)]
    for group in groups:
        taken.update(program.file for program in group)
        if group:
            yield group
    for program in project.programs:
        if program.file not in taken:
            yield (program,)


def _routes(program: Program) -> Iterator[tuple[str, At]]:
    if not _ROUTES.search(program.text) or program.tree is None:
        return
    for node in ast.walk(program.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for one in node.decorator_list:
            if isinstance(one, ast.Call) and one.args and isinstance(one.func, ast.Attribute):
                path = one.args[0]
                is_route = one.func.attr in ("get", "route", "api_route", "head")
                if is_route and isinstance(path, ast.Constant) and isinstance(path.value, str):
                    yield path.value, program.at(one)
