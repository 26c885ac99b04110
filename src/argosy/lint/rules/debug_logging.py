"""A model service logs for debugging

Every request leaves lines upon lines, prompts among them.

Why:
    It fills a disk within hours under load, costs time on every request, and may hold what users
    have written.

Example:
    environment:
      VLLM_LOGGING_LEVEL: DEBUG

Instead:
    environment:
      VLLM_LOGGING_LEVEL: INFO

Source:
    vLLM documentation, environment variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.edits import Edit
from argosy.lint.finding import At, Finding
from argosy.lint.mending import replaced
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service, Variable

CODE = "AI316"
SEVERITY = "warning"
FIX = "safe"

_LEVEL = re.compile(
    r"(.*_)?(LOG|LOGGING|LOGLEVEL|LOG_LEVEL|LOGGING_LEVEL|VERBOSITY|RUST_LOG)(_.*)?"
)
_SWITCH = re.compile(r"(OLLAMA_|LOCALAI_|VLLM_|FLASK_|GRADIO_)?DEBUG")
_FLAGS = ("--log-level", "--uvicorn-log-level", "--loglevel", "--log-verbose")


def check(project: Project) -> Iterator[Finding]:
    """Variables and flags that set a level of debug or trace."""
    for service in project.services:
        for variable in service.environment.values():
            if quiet := _quiet(variable):
                yield Finding(
                    variable.at,
                    f"`{variable.name}` fills the disk within hours under load",
                    f"Set it to {quiet}.",
                    service.name,
                    fix=_fix(service, variable, quiet),
                )
        for flag in service.command.flags:
            is_debug = flag.value.lower() in ("debug", "trace")
            is_debug |= flag.name == "--log-verbose" and flag.value.isdigit() and flag.value != "0"
            if flag.name in _FLAGS and is_debug and flag.value_at is not None:
                quiet = "0" if flag.value.isdigit() else "info"
                can_edit = flag.value_at.end - flag.value_at.start == len(flag.value)
                yield Finding(
                    flag.at,
                    f"`{flag.name} {flag.value}` fills the disk within hours under load",
                    f"Set it to {quiet}.",
                    service.name,
                    fix=replaced(flag.value_at, quiet) if can_edit else (),
                )


def _quiet(variable: Variable) -> str:
    """What it should be instead; empty where it is quiet already."""
    value = (variable.value or "").strip().lower()
    if _LEVEL.fullmatch(variable.name) and re.fullmatch(
        r"debug|trace|(\w+=)?(debug|trace)(,.*)?", value
    ):
        return "INFO" if (variable.value or "").isupper() else "info"
    is_switch = bool(_SWITCH.fullmatch(variable.name))
    return {"true": "false", "1": "0", "2": "0"}.get(value, "") if is_switch else ""


def _fix(service: Service, variable: Variable, quiet: str) -> tuple[Edit, ...]:
    text = service.compose.texts[variable.at.file][variable.at.start : variable.at.end]
    value = variable.value or ""
    index = text.rfind(value)
    if not value or index < 0 or not variable.literal:
        return ()
    start = variable.at.start + index
    return replaced(At(variable.at.file, start, start + len(value)), quiet)
