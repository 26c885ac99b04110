"""What RUN installs: Python packages and those of the system. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from argosy.dockerfiles.syntax import Command, Instruction, Stage, Word
from argosy.lint.finding import At
from argosy.lint.project.package import Option, Package, Requirements, package

_WITH_VALUE = {
    "-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "--extra-index-url",
    "--index",
    "--default-index", "-f", "--find-links", "-t", "--target", "--prefix", "--root", "--python",
    "-p",
    "--trusted-host", "--timeout", "--retries", "--cache-dir", "--platform", "--torch-backend",
    "--python-version", "--only-binary", "--no-binary", "--group", "--extra",
}  # fmt: skip
_INSTALLER = re.compile(r"(uv$|python|pip)[\d.]*")
# What installs packages of the system, with its words for that.
_OF_SYSTEM = {
    **dict.fromkeys(
        ("apt-get", "apt", "dnf", "yum", "microdnf", "zypper"), ("install", "groupinstall")
    ),
    "apk": ("add",),
    "pacman": ("-S", "-Sy", "-Syu"),
}


@dataclass(frozen=True)
class Install:
    """One `pip install`, `uv pip install` or `uv sync`. ``files`` are named with ``-r``."""

    instruction: Instruction
    command: Command
    stage: Stage
    packages: tuple[Package, ...]
    options: tuple[Option, ...]
    files: tuple[str, ...]

    @property
    def tool(self) -> str:
        """``pip`` or ``uv``."""
        return "uv" if self.command.program == "uv" else "pip"

    def option(self, *names: str) -> Option | None:
        """The first flag of one of these names."""
        return next((one for one in self.options if one.name in names), None)

    @property
    def verb(self) -> int:
        """Which word is ``install``, ``sync`` or ``add``."""
        words = [one.text for one in self.command.words]
        return next(i for i, one in enumerate(words) if one in ("install", "sync", "add"))

    @property
    def takes_project(self) -> bool:
        """Whether packages are those that the project in the context asks for."""
        if self.option("--no-deps") or self.files:
            return False
        words = [one.text for one in self.command.words]
        if words[:2] == ["uv", "sync"]:
            return True
        return any(re.fullmatch(r"\.(\[.*\])?/?", one) for one in words[self.verb :])

    @property
    def is_whole(self) -> bool:
        """Whether all that it installs stands on its command line."""
        words = [one.text for one in self.command.words[self.verb + 1 :]]
        has_paths = any(re.search(r"^[./$]|[*]", one) for one in words)
        return not self.files and not self.takes_project and not has_paths

    @property
    def requirements(self) -> Requirements:
        """What stands on its command line, as a file would say it."""
        return Requirements(Path(), self.packages, self.options)


def is_install(command: Command) -> bool:
    """Whether Python packages are installed by it."""
    installer = _INSTALLER.fullmatch(command.program)
    if installer is None:
        return False
    words = [one.text for one in command.words[:6]]
    match installer[1]:
        case "uv" if words[1:2] == ["pip"]:
            return "install" in words[2:4] or "sync" in words[2:4]
        case "uv":
            return words[1:2] in (["sync"], ["add"])
        case "python":
            return words[1:3] == ["-m", "pip"] and "install" in words[3:6]
    return "install" in words[1:4]


def system_packages(instruction: Instruction) -> Iterator[tuple[Word, Instruction]]:
    """The system packages that a RUN installs."""
    if instruction.keyword != "RUN":
        return
    for command in instruction.commands:
        verbs = _OF_SYSTEM.get(command.program)
        if verbs is None:
            continue
        words = [one.text for one in command.words]
        verb = next((one for one in words if one in verbs), None)
        if verb is None:
            continue
        for word in command.words[words.index(verb) + 1 :]:
            if not word.text.startswith("-"):
                yield word, instruction


def arguments(
    file: Path, command: Command
) -> tuple[tuple[Package, ...], tuple[Option, ...], tuple[str, ...]]:
    """The packages, options and requirements files behind the verb of an install."""
    packages: list[Package] = []
    options: list[Option] = []
    files: list[str] = []
    words = list(command.words)
    verbs = ("install", "add", "sync")
    start = next((i for i, one in enumerate(words) if one.text in verbs), 0) + 1
    rest = iter(words[start:])
    takes_files = [one.text for one in words[:start]] == ["uv", "pip", "sync"]
    for word in rest:
        at = At(file, word.span.start, word.span.end)
        if not word.text.startswith("-"):
            if takes_files:
                files.append(word.text)
            elif found := package(word.text, at):
                packages.append(found)
            continue
        name, equals, value = word.text.partition("=")
        if attached := re.fullmatch(r"(-[rcift])([^=].*)", word.text):
            name, value = attached[1], attached[2]
        elif not equals and name in _WITH_VALUE:
            following = next(rest, None)
            value = following.text if following else ""
            at = At(file, at.start, following.span.end if following else at.end)
        options.append(Option(name, value, at))
        if name in ("-r", "--requirement"):
            files.append(value)
    return tuple(packages), tuple(options), tuple(files)
