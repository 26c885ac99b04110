"""The cache of pip or uv stays in a layer

Every wheel is in the image twice: installed, and as it was downloaded.

Why:
    With torch that is gigabytes.

Example:
    RUN pip install -r requirements.txt

Instead:
    RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt

Source:
    pip documentation, caching; uv documentation, using uv in Docker. `--no-cache-dir` does as well,
    and downloads again each time; so does PIP_NO_CACHE_DIR, whatever its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.dockerfiles.syntax import Instruction
from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.mending import after_word
from argosy.lint.project.image import Image
from argosy.lint.project.install import Install
from argosy.lint.project.project import Project

CODE = "AI112"
SEVERITY = "warning"
FIX = "safe"

_OFF = {"pip": ("--no-cache-dir", "--no-cache"), "uv": ("--no-cache", "-n", "--no-cache-dir")}
_REMOVED = re.compile(
    r"\bpip[\d.]* cache purge|\buv cache (clean|prune)|\brm -\w+ (\S+ )*\S*\.cache"
)


def check(project: Project) -> Iterator[Finding]:
    """Installs in the stages that are kept."""
    for image in project.images:
        kept = set(image.instructions)
        told: set[Instruction] = set()
        for install in image.installs:
            instruction = install.instruction
            if instruction not in kept or instruction in told or not _keeps(image, install):
                continue
            told.add(instruction)
            yield Finding(
                image.at(instruction),
                f"{install.tool} keeps every download in this layer, beside what it installs",
                f"Write `{_OFF[install.tool][0]}`, or mount a cache: `RUN "
                f"--mount=type=cache,target=/root/.cache/{install.tool}`.",
                fix=_fix(image, instruction),
            )


def _keeps(image: Image, install: Install) -> bool:
    instruction = install.instruction
    if install.tool not in _OFF or install.is_export:
        return False
    if any(word in _OFF[install.tool] for word in install.command.texts):
        return False
    if any(_is_cache(one.options) for one in instruction.flags if one.name == "mount"):
        return False
    if _is_off(install) or _is_configured(image, instruction):
        return False
    commands = (" ".join(one.texts) for one in instruction.commands)
    return not any(map(_REMOVED.search, commands))


def _is_cache(mount: dict[str, str]) -> bool:
    target = mount.get("target") or mount.get("dst") or mount.get("destination") or ""
    return mount.get("type") == "cache" and bool(re.search(r"cache|pip|uv|/root/?$|~", target))


def _is_off(install: Install) -> bool:
    """Whether a variable says so.

    Any value does for pip, ``off`` too: https://github.com/pypa/pip/issues/5385 .
    """
    environment = {name: word.text for name, word in install.stage.environment.items()}
    for word in install.command.assignments:
        name, _, value = word.text.partition("=")
        environment[name] = value
    if install.tool == "pip":
        return bool(environment.get("PIP_NO_CACHE_DIR"))
    return environment.get("UV_NO_CACHE", "").lower() not in ("", "0", "false", "no", "off")


def _is_configured(image: Image, instruction: Instruction) -> bool:
    """Whether `pip config set` has said so before."""
    for one in image.instructions:
        for command in one.commands if one.keyword == "RUN" else ():
            words = command.texts
            if "config" in words and any(word.endswith("no-cache-dir") for word in words):
                return True
        if one is instruction:
            break
    return False


def _fix(image: Image, instruction: Instruction) -> tuple[Edit, ...]:
    if instruction.form == "exec":
        return ()
    edits: list[Edit] = []
    for one in image.installs:
        if one.instruction is instruction and _keeps(image, one):
            verb = one.command.words[one.verb]
            if image.dockerfile.text[verb.span.start : verb.span.end] != verb.text:
                return ()
            edits += after_word(image, one.command, one.verb, _OFF[one.tool][0])
    return tuple(edits)
