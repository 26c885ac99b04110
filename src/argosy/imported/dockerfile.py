"""As much of a Dockerfile as tells what its image runs, and on what. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from argosy.dockerfiles.parse import parse
from argosy.dockerfiles.syntax import Command, Instruction, Stage
from argosy.errors import DockerfileError


@dataclass(frozen=True)
class Copy:
    """Files of the context that go into the image."""

    source: str
    target: str


@dataclass(frozen=True)
class Dockerfile:
    """The last stage. ``packages`` are those of the system that are installed in it."""

    base: str = ""
    workdir: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    copies: tuple[Copy, ...] = ()
    packages: tuple[str, ...] = ()
    installed: tuple[str, ...] = ()

    @property
    def python(self) -> str:
        """``3.11`` where it is built on an image of Python's own; else empty."""
        found = re.match(r"(?:.*/)?python:(3\.[0-9]+)", self.base)
        return found[1] if found else ""


def read(text: str) -> Dockerfile:
    """The last stage of a Dockerfile, on the base that it begins with.

    Of one that Docker would not build nothing is known.
    """
    try:
        stage = parse(text, Path("Dockerfile")).final
    except DockerfileError:
        return Dockerfile()
    run = [command for one in _all(stage, "RUN") for command in one.commands]
    workdir = _own(stage, "WORKDIR")
    return Dockerfile(
        stage.root_base,
        workdir.words[0].text if workdir else "",
        _command(_own(stage, "ENTRYPOINT")),
        _command(_own(stage, "CMD")),
        {name: word.text for one in _all(stage, "ENV") for name, word in one.environment.items()},
        tuple(
            Copy(source.text, one.copies[1].text)
            for one in _all(stage, "COPY", "ADD")
            if not one.flag("from")
            for source in one.copies[0]
        ),
        tuple(dict.fromkeys(name for one in run for name in _installed(one, _SYSTEM))),
        tuple(name for one in run for name in _installed(one, _PYTHON)),
    )


def _all(stage: Stage, *keywords: str) -> list[Instruction]:
    return [one for one in stage.instructions if one.keyword in keywords and not one.onbuild]


def _own(stage: Stage, keyword: str) -> Instruction | None:
    found = _all(stage, keyword)
    return found[-1] if found else None


def _command(instruction: Instruction | None) -> tuple[str, ...]:
    if instruction is None:
        return ()
    if instruction.form == "exec":
        return tuple(word.text for word in instruction.words)
    return ("sh", "-c", instruction.text)


_SYSTEM = (("apt-get", "install"), ("apk", "add"))
_PYTHON = (("pip", "install"), ("pip3", "install"), ("uv", "pip", "install"))
_VALUED = ("-r", "--requirement", "-c", "-e", "--index-url", "-i")


def _installed(command: Command, installers: tuple[tuple[str, ...], ...]) -> list[str]:
    """The words behind an installer's own that are no flags."""
    texts = [command.program, *command.arguments]
    if texts[0].startswith("python") and texts[1:2] == ["-m"]:
        texts = texts[2:]
    plain = [index for index, text in enumerate(texts) if not text.startswith("-")]
    for words in installers:
        own = plain[: len(words)]
        if tuple(texts[index] for index in own) == words:
            behind = texts[own[-1] :]
            return [
                text
                for before, text in pairwise(behind)
                if not text.startswith("-") and before not in _VALUED and text != "."
            ]
    return []
