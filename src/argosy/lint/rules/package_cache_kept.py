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
    and downloads again each time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.mending import after_word
from argosy.lint.project.image import Image, Install
from argosy.lint.project.project import Project

CODE = "AI112"
SEVERITY = "warning"
FIX = "safe"

_OFF = {"pip": ("--no-cache-dir", "--no-cache"), "uv": ("--no-cache", "-n", "--no-cache-dir")}
_SWITCHES = {"pip": ("PIP_NO_CACHE_DIR",), "uv": ("UV_NO_CACHE",)}
_REMOVED = re.compile(
    r"pip3? cache purge|uv cache (clean|prune)|rm -rf? (\S+ )*(/root/|~/|\$HOME/)?\.cache|rm "
    r"-rf? (\S+ )*/root/\.cache"
)


def check(project: Project) -> Iterator[Finding]:
    """Installs in the stages that are kept."""
    for image in project.images:
        kept = {one.span.start for one in image.instructions}
        seen: set[int] = set()
        for install in image.installs:
            start = install.instruction.span.start
            if start not in kept or start in seen or not _keeps(install):
                continue
            seen.add(start)
            off = _OFF[install.tool][0]
            yield Finding(
                image.at(install.instruction),
                f"{install.tool} keeps every download in this layer, beside what it installs",
                f"Write `{off}`, or mount a cache: `RUN "
                f"--mount=type=cache,target=/root/.cache/{install.tool}`.",
                fix=_fix(image, install, off),
            )


def _keeps(install: Install) -> bool:
    instruction = install.instruction
    if any(one.name in _OFF[install.tool] for one in install.options):
        return False
    if any(one.text in _OFF[install.tool] for one in install.command.words):
        return False
    mounts = [one.value for one in instruction.flags if one.name == "mount"]
    if any(
        "type=cache" in one and re.search(r"cache|pip|uv", one.partition("type=cache")[2])
        for one in mounts
    ):
        return False
    environment = {name: word.text for name, word in install.stage.environment.items()}
    for word in install.command.assignments:
        name, _, value = word.text.partition("=")
        environment[name] = value
    if any(_is_on(environment.get(name, "")) for name in _SWITCHES[install.tool]):
        return False
    return not _REMOVED.search(
        " ".join(word.text for one in instruction.commands for word in one.words)
    )


def _is_on(value: str) -> bool:
    return value.lower() not in ("", "0", "false", "no", "off")


def _fix(image: Image, install: Install, off: str) -> tuple[Edit, ...]:
    edits: list[Edit] = []
    for one in image.installs:
        if one.instruction.span == install.instruction.span and not one.instruction.heredocs:
            words = [word.text for word in one.command.words]
            verb = next(
                (i for i, word in enumerate(words) if word in ("install", "sync", "add")), -1
            )
            edits += after_word(image, one.command, verb, off) if verb >= 0 else ()
    return tuple(edits)
