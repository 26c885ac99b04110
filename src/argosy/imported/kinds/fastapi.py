"""Somebody's own program that serves with uvicorn, gunicorn, hypercorn or `fastapi run`.

It is built from a folder, or runs in one that is mounted. Becomes the engine `command` with that
folder as `code`; of its Dockerfile count the Python, the command, variables, and what it installs.
One that calls models stays a companion.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from argosy.compose_files.secrets import looks_secret
from argosy.imported import beside
from argosy.imported.draft import Draft
from argosy.imported.model_keys import health_path
from argosy.imported.service import Mount, Service
from argosy.imported.words import Word, without_shell
from argosy.stack.document import Keys

TITLE = "FastAPI"
OWN_PROGRAM = True
LISTENING = {
    "uvicorn": ("--host", "--port", "--uds", "--fd"),
    "fastapi": ("--host", "--port"),
    "gunicorn": ("-b", "--bind"),
    "hypercorn": ("-b", "--bind"),
}
ADDRESS = ("--bind", "{address}")
HOST_AND_PORT = ("--host", "{host}", "--port", "{port}")
PROGRAMS = tuple(LISTENING)
RELOADING = ("--reload", "--reload-dir")
READY_PATH = "/openapi.json"  # FastAPI answers it unless it is told not to

_RELOADS = "edit the code and run `argosy up`: a new revision replaces the old one"
_NOT_CARRIED = re.compile(r"PATH|PIP_|PYTHONUNBUFFERED|PYTHONDONTWRITEBYTECODE|UV_|DEBIAN_FRONTEND")
_WEIGHTS = re.compile(r"model|weight|checkpoint|artifact", re.IGNORECASE)


@dataclass(frozen=True)
class _Code:
    """The folder of the code, relative to the one that it is built from, and its requirements."""

    below: str
    requirements: bool


def recognises(service: Service) -> bool:
    """By what is run, where the code is at hand."""
    return beside.code_folder(service) is not None and _program(service) != ""


def fill(draft: Draft) -> None:
    """Engine, code, command, Python, and how it says that it is ready."""
    service = draft.service
    draft.keys["engine"] = "command"
    code = _code(service)
    _carry_code(draft, code)
    weights = _carry_weights(draft)
    _carry_command(draft, weights)
    if python := _python(service):
        draft.set(("python",), python)
    _carry_dockerfile(draft)
    _carry_readiness(draft)
    draft.set(("internet",), True)
    draft.comment(("internet",), "as in Compose; take it out where the program calls nobody")


def _words(service: Service) -> tuple[Word, ...]:
    return without_shell(service.command, PROGRAMS)


def _program(service: Service) -> str:
    words = [one.text.rpartition("/")[2] for one in _words(service)]
    return next((one for one in words if one in PROGRAMS), "")


def _code(service: Service) -> _Code:
    """Where the module that is served lies: ``app.main:app`` is app/main.py."""
    names = service.beside.names or frozenset()
    module = next((one.text for one in _words(service) if ":" in one.text), "").partition(":")[0]
    path = module.replace(".", "/")
    wanted = (f"{path}.py", f"{path}/__init__.py") if module else ()
    below = ""
    if names and wanted and not names & set(wanted):
        ends = sorted(one for one in names if one.endswith(tuple(f"/{each}" for each in wanted)))
        if ends:
            below = re.sub(rf"/({'|'.join(map(re.escape, wanted))})$", "", ends[0])
    prefix = f"{below}/" if below else ""
    files = {f"{prefix}requirements.txt", f"{prefix}pyproject.toml"}
    return _Code(below, not names or bool(names & files))


def _carry_code(draft: Draft, code: _Code) -> None:
    service = draft.service
    build = service.value.below(("build",))
    if build is not None:
        text = draft.service.text("build", "context") or draft.service.text("build") or "."
        path: Keys = ("build", "context") if build.mapping else ("build",)
        origin = build.mapping.get("context", build).place.file.parent
        draft.carry(path, ("code",), _joined(draft.local(origin, text), code.below))
        for key in build.mapping:
            what = "what it builds is built of `code` and its requirements"
            draft.change(("build", key), what)
        if service.has("image"):
            draft.change(("image",), "an image is named by the revision that it is built for")
    else:
        mount = _code_mount(service)
        folder = draft.local(mount.origin, mount.source)
        draft.carry(mount.path, ("code",), _joined(folder, code.below))
        draft.change(("image",), "an image is built of `code` and its requirements")
    for mount in service.mounts:
        if draft.is_open(*mount.path) and mount.kind == "bind" and _is_code(service, mount):
            text = "code is part of a revision: edit it and run `argosy up`"
            draft.change(mount.path, text, ("code",))
    _say_requirements(draft, code)


def _is_code(service: Service, mount: Mount) -> bool:
    """Whether a mount only puts the code over the one that was built in."""
    context = service.context
    source = (mount.origin / mount.source).absolute()
    return (
        context is not None
        and source.is_relative_to(context.absolute())
        and (not _WEIGHTS.search(mount.target))
    )


def _code_mount(service: Service) -> Mount:
    folder = beside.code_folder(service)
    return next(one for one in service.mounts if one.origin / one.source == folder)


def _say_requirements(draft: Draft, code: _Code) -> None:
    service = draft.service
    found = service.dockerfile
    packages = " ".join(found.installed) if found else ""
    server = _program(service)
    if not code.requirements:
        what = f"its packages ({packages})" if packages else "its packages"
        text = f"no requirements.txt is in this folder: write one with {what}"
    elif service.beside.requirements and server not in service.beside.requirements:
        if "fastapi[" in service.beside.requirements:
            return
        text = f"add {server} to its requirements.txt, which does not name it"
    else:
        return
    path = ("build",) if service.has("build") else ("command",)
    draft.ask(path, text, ("code",))


def _carry_weights(draft: Draft) -> Mount | None:
    """The mount that holds the model's data."""
    for mount in draft.service.mounts:
        told = f"{mount.target} {mount.source}"
        if mount.kind == "bind" and draft.is_open(*mount.path) and _WEIGHTS.search(told):
            draft.carry(mount.path, ("weights",), draft.local(mount.origin, mount.source))
            for variable in draft.service.environment.values():
                if variable.text.startswith(mount.target):
                    text = (
                        f"weights lie elsewhere than at {mount.target}: let its command pass "
                        "{weights} on, and the program read it"
                    )
                    draft.ask(variable.path, text, ("env", variable.name), variable.raw)
            return mount
    return None


def _carry_command(draft: Draft, weights: Mount | None) -> None:
    program = _program(draft.service)
    given = list(_words(draft.service))
    start = next(i for i, one in enumerate(given) if one.text.rpartition("/")[2] == program)
    kept = ["python", "-m", program]
    rest = given[start + 1 :]
    while rest:
        word = rest.pop(0)
        name, equals, _ = word.text.partition("=")
        if name not in LISTENING[program] and name not in RELOADING:
            kept.append(_with_weights(word.raw, weights))
            draft.carry(word.path, ("command",), "")
            continue
        value = rest.pop(0) if not equals and name != "--reload" and rest else word
        text = _RELOADS if name in RELOADING else "Argosy says where it listens"
        draft.change(word.path, text, about=name, also=(value.path,))
    where = ADDRESS if "--bind" in LISTENING[program] else HOST_AND_PORT
    draft.set(("command",), _shown([*kept, *where]))
    text = "run by the model's own Python, listening where Argosy says"
    draft.change(given[start].path, text, ("command",))
    draft.say_besides(PROGRAMS)
    for word in draft.service.command:
        if draft.is_open(*word.path):
            draft.change(word.path, "no shell is between: the program is run alone", ("command",))
    if draft.service.text("working_dir"):
        draft.change(("working_dir",), "a program runs in its `code` folder", ("code",))


def _with_weights(word: str, weights: Mount | None) -> str:
    if weights is None:
        return word
    return re.sub(rf"(^|=){re.escape(weights.target.rstrip('/'))}(?=/|$)", r"\1{weights}", word)


def _shown(words: list[str]) -> str | list[str]:
    """As a text where no word needs quotes."""
    if all(re.fullmatch(r"[\w@%+=:,./{}-]+", one) for one in words):
        return " ".join(words)
    return " ".join(shlex.quote(one) for one in words) if not _braced(words) else words


def _braced(words: list[str]) -> bool:
    return any("{" in one or "$" in one for one in words)


def _python(service: Service) -> str:
    if service.dockerfile and service.dockerfile.python:
        found = service.dockerfile.python
    else:
        match = re.search(r"python:?(3\.[0-9]+)", f"{service.image_name}:{service.image_tag}")
        found = match[1] if match else ""
    return found if re.fullmatch(r"3\.([89]|1[0-4])", found) else ""


def _carry_dockerfile(draft: Draft) -> None:
    found = draft.service.dockerfile
    if found is None:
        if draft.service.has("build"):
            text = "its Dockerfile cannot be read: say what it sets and installs"
            draft.ask(("build",), text, ("code",))
        return
    for name, value in found.environment.items():
        known = name in draft.service.environment
        if looks_secret(name, value):
            draft.leave(("build",), "its Dockerfile sets this, a secret: take it out", name)
        elif not known and not _NOT_CARRIED.match(name) and "$" not in value:
            draft.set(("env", name), value)
    if found.packages:
        names = " ".join(found.packages)
        text = f"its Dockerfile installs {names}: `image: {{base: …}}` names a base with them"
        draft.leave(("build",), text)


def _carry_readiness(draft: Draft) -> None:
    """``/health`` is asked for without a word."""
    path = health_path(draft)
    at = ("options", "ready_path")
    if path and path != "/health":
        draft.change(("healthcheck", "test"), "asked until it answers", at, path)
    if path:
        return
    here = ("build",) if draft.service.has("build") else ("image",)
    requirements = draft.service.beside.requirements.lower()
    if requirements and "fastapi" not in requirements:
        text = "it has no health check: ready once /health answers, or `options: {ready_path: …}`"
        draft.ask(here, text, ("engine",))
    else:
        text = "it has no health check: ready once it answers this, which FastAPI always has"
        draft.ask(here, text, at, READY_PATH)


def _joined(folder: str, below: str) -> str:
    return f"{folder.rstrip('/')}/{below}" if below else folder
