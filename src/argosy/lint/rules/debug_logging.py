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
from argosy.lint.project.image import Image
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service
from argosy.lint.project.service_parts import Variable

CODE = "AI316"
SEVERITY = "warning"
FIX = "safe"

_LEVEL = re.compile(
    r"(.*_)?(LOG|LOGGING|LOGLEVEL|LOG_LEVEL|LOGGING_LEVEL|VERBOSITY|RUST_LOG)(_.*)?"
)
_LOUD = re.compile(r"([\w:]+=)?(debug|trace)(,.*)?")
_OFF = {"true": "false", "1": "0", "2": "0"}
_SWITCH = re.compile(r"(OLLAMA_|LOCALAI_|VLLM_|FLASK_|GRADIO_)?DEBUG|VLLM_TRACE_FUNCTION")
_FLAGS = ("--log-level", "--uvicorn-log-level", "--loglevel", "--log-verbose")


def check(project: Project) -> Iterator[Finding]:
    """Variables and flags that set a level of debug or trace."""
    for service in project.services:
        for variable in service.environment.values():
            if quiet := _quiet(variable.name, variable.value or ""):
                yield Finding(
                    variable.at,
                    _what(f"{variable.name}={variable.value}"),
                    f"Set it to {quiet}.",
                    service.name,
                    fix=_fix(service, variable, quiet),
                )
        yield from _of_files(service)
        for flag in service.command.flags:
            is_debug = flag.value.lower() in ("debug", "trace")
            is_debug |= flag.name == "--log-verbose" and flag.value.isdigit() and flag.value != "0"
            if flag.name.replace("_", "-") in _FLAGS and is_debug and flag.value_at is not None:
                quiet = "0" if flag.value.isdigit() else "info"
                can_edit = flag.value_at.end - flag.value_at.start == len(flag.value)
                yield Finding(
                    flag.at,
                    _what(f"{flag.name} {flag.value}"),
                    f"Set it to {quiet}.",
                    service.name,
                    fix=replaced(flag.value_at, quiet) if can_edit else (),
                )
    for image in project.images:
        yield from _of_image(project, image)


def _of_files(service: Service) -> Iterator[Finding]:
    """What an ``env_file`` sets and nothing else overrides."""
    names = dict.fromkeys(name for told in service.env_files.values() for name in told)
    for name in names:
        if name not in service.environment and (quiet := _quiet(name, service.variable(name))):
            yield Finding(
                service.at_path("env_file"),
                _what(f"{name}={service.variable(name)}"),
                f"Set it to {quiet} in that file.",
                service.name,
            )


def _of_image(project: Project, image: Image) -> Iterator[Finding]:
    """What an image sets, unless all its services set it themselves."""
    services = project.services_of(image)
    for name, word in image.stage.environment.items():
        quiet = _quiet(name, word.text)
        if not quiet or (services and all(_sets(one, name) for one in services)):
            continue
        text = image.dockerfile.text[word.span.start : word.span.end]
        at = image.at(word)
        yield Finding(
            at,
            _what(f"{name}={word.text}"),
            f"Set it to {quiet}.",
            fix=replaced(at, quiet) if text == word.text else (),
        )


def _sets(service: Service, name: str) -> bool:
    return name in service.environment or any(name in one for one in service.env_files.values())


def _what(setting: str) -> str:
    return f"`{setting}` writes several lines for every request, and fills the disk under load"


def _quiet(name: str, value: str) -> str:
    """What it should be instead; empty where it is quiet already."""
    low = value.strip().lower()
    if ("debug" in low or "trace" in low) and _LEVEL.fullmatch(name) and _LOUD.fullmatch(low):
        return "INFO" if value.isupper() else "info"
    off = _OFF.get(low, "")
    return off if off and _SWITCH.fullmatch(name) else ""


def _fix(service: Service, variable: Variable, quiet: str) -> tuple[Edit, ...]:
    """None where the variable is written for other services, too."""
    around = service.value.below(("environment",))
    values = (*around.mapping.values(), *around.items) if around is not None else ()
    own = service.value.place.file
    if not any(
        service.value_at(one).end == variable.at.end and not one.shared and one.place.file == own
        for one in values
    ):
        return ()
    text = service.compose.texts[variable.at.file][variable.at.start : variable.at.end]
    value = variable.value or ""
    index = text.rfind(value)
    if not value or index < 0 or not variable.literal:
        return ()
    start = variable.at.start + index
    return replaced(At(variable.at.file, start, start + len(value)), quiet)
