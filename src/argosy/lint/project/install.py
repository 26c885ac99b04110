"""What RUN installs: Python packages, of conda too, and those of the system. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from argosy.dockerfiles.syntax import Command, Instruction, Stage
from argosy.lint.finding import At
from argosy.lint.project.conda import DEFAULT_FILE, conda_package
from argosy.lint.project.package import Option, Package, Requirements, package
from argosy.records import record

_WITH_VALUE = {
    "-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "--extra-index-url",
    "--index",
    "--default-index", "-f", "--find-links", "-t", "--target", "--prefix", "--root", "--python",
    "-p",
    "--trusted-host", "--timeout", "--retries", "--cache-dir", "--platform", "--torch-backend",
    "--python-version", "--only-binary", "--no-binary", "--group", "--extra",
    "--no-extra", "--no-group", "--only-group", "--extras", "-E", "--only", "--with", "--without",
    "--directory", "-C", "--project", "-P", "--format", "--output", "--output-file", "-o",
    "-G", "-dG", "--categories", "-L", "--lockfile",
}  # fmt: skip
_INSTALLER = re.compile(r"(uv$|python|pip|poetry$|pdm$|pipenv$|conda$|mamba$|micromamba$)[\d.]*")
_OF_PROJECTS = ("uv", "poetry", "pdm", "pipenv")
_OF_CONDA = ("conda", "mamba", "micromamba")
_WITH_VALUE_OF_CONDA = re.compile(
    r"-[a-zA-Z]*[cfnpr]|--(channel|clone|file|name|platform|prefix|root-prefix|solver)"
)
_VERBS = ("install", "sync", "add", "export", "create", "update", "requirements")
# What installs packages of the system, with its words for that.
_OF_SYSTEM = {
    **dict.fromkeys(
        ("apt-get", "apt", "dnf", "yum", "microdnf", "zypper"), ("install", "groupinstall")
    ),
    "apk": ("add",),
    "pacman": ("-S", "-Sy", "-Syu"),
}


@record()
class Install:
    """One `pip install`, `uv sync`, `poetry install`, `conda env create` or their like.

    ``files`` are the lists that it names, with ``-r`` or, of conda, with ``-f``.
    """

    instruction: Instruction
    command: Command
    stage: Stage
    packages: tuple[Package, ...]
    options: tuple[Option, ...]
    files: tuple[str, ...]

    @property
    def tool(self) -> str:
        """``pip``, ``uv``, ``poetry``, ``pdm``, ``pipenv`` or ``conda``, as mamba is, too."""
        program = self.command.program
        if program in _OF_CONDA:
            return "conda"
        return program if program in _OF_PROJECTS else "pip"

    def option(self, *names: str) -> Option | None:
        """The first flag of one of these names."""
        return next((one for one in self.options if one.name in names), None)

    def variable(self, name: str) -> str:
        """The value of a variable of the command or of its stage; empty without it."""
        for word in self.command.assignments:
            own, _, value = word.text.partition("=")
            if own == name:
                return value
        found = self.stage.environment.get(name)
        return found.text if found is not None else ""

    @property
    def verb(self) -> int:
        """Which word is ``install``, ``sync``, ``add`` or their like."""
        return next(i for i, one in enumerate(self.command.texts) if one in _VERBS)

    @property
    def is_export(self) -> bool:
        """Whether it writes down what another one installs."""
        return self.command.texts[self.verb] in ("export", "requirements")

    @property
    def takes_project(self) -> bool:
        """Whether packages are those that the project in the context asks for."""
        if self.option("--no-deps") or self.files:
            return False
        words = self.command.texts
        if self.tool == "conda":
            return False
        if self.tool == "pipenv":
            return not self.packages
        if self.tool in ("poetry", "pdm") or words[:2] in (("uv", "sync"), ("uv", "export")):
            return words[self.verb] != "add"
        return any(re.fullmatch(r"\.(\[.*\])?/?", one) for one in words[self.verb :])

    @property
    def follows_lock(self) -> bool:
        """Whether a lock beside the list decides on versions."""
        return self.tool in _OF_PROJECTS and self.takes_project

    @property
    def is_whole(self) -> bool:
        """Whether all that it installs stands on its command line."""
        if self.tool == "conda":
            return False
        words = self.command.texts[self.verb + 1 :]
        has_paths = any(re.search(r"^[./$]|[*]", one) for one in words)
        return not self.files and not self.takes_project and not has_paths

    @property
    def requirements(self) -> Requirements:
        """What stands on its command line, as a file would say it."""
        return Requirements(Path(), self.packages, self.options)


@lru_cache(maxsize=1024)  # most programs are asked for again and again
def _installer(program: str) -> str:
    found = _INSTALLER.fullmatch(program)
    return found[1] if found else ""


def is_install(command: Command) -> bool:
    """Whether Python packages are installed by it."""
    installer = _installer(command.program)
    if not installer:
        return False
    words = command.texts[:6]
    match installer:
        case "uv" if words[1:2] == ("pip",):
            return "install" in words[2:4] or "sync" in words[2:4]
        case "uv":
            return words[1:2] in (("sync",), ("add",), ("export",))
        case "pipenv":
            return _behind_flags(words)[:1] in (["install"], ["sync"], ["requirements"])
        case "poetry" | "pdm":
            return _behind_flags(words)[:1] in (["install"], ["sync"], ["add"], ["export"])
        case "conda" | "mamba" | "micromamba":
            verbs = _behind_flags(words)
            return verbs[:1] in (["create"], ["install"]) or (
                verbs[:2] in (["env", "create"], ["env", "update"])
            )
        case "python":
            return words[1:3] == ("-m", "pip") and "install" in words[3:6]
    return "install" in words[1:4]


def _behind_flags(words: Sequence[str]) -> list[str]:
    """The words of a command that are no flags and no value of one."""
    found: list[str] = []
    rest = iter(words[1:])
    for one in rest:
        if one in _WITH_VALUE:
            next(rest, None)
        elif not one.startswith("-"):
            found.append(one)
    return found


def system_packages(instruction: Instruction) -> Iterator[str]:
    """The system packages that a RUN installs, as they are asked for."""
    if instruction.keyword != "RUN":
        return
    for command in instruction.commands:
        verbs = _OF_SYSTEM.get(command.program)
        if verbs is None:
            continue
        words = command.texts
        verb = next((one for one in words if one in verbs), None)
        if verb is not None:
            yield from (one for one in words[words.index(verb) + 1 :] if one[:1] != "-")


def arguments(
    file: Path, command: Command
) -> tuple[tuple[Package, ...], tuple[Option, ...], tuple[str, ...]]:
    """The packages, options and lists behind the verb of an install."""
    if command.program in _OF_CONDA:
        return tuple(_asked_of_conda(file, command)), (), _files_of_conda(command)
    packages: list[Package] = []
    options: list[Option] = []
    files: list[str] = []
    start = next((i for i, one in enumerate(command.texts) if one in _VERBS), 0) + 1
    rest = iter(command.words[start:])
    takes_files = command.texts[:start] == ("uv", "pip", "sync")
    for word in rest:
        at = At(file, word.span.start, word.span.end)
        if not word.text.startswith("-"):
            if takes_files:
                files.append(word.text)
            elif found := package(word.text, at):
                packages.append(found)
            continue
        name, equals, value = word.text.partition("=")
        if attached := re.fullmatch(r"(-[rciftG])([^=].*)", word.text):
            name, value = attached[1], attached[2]
        elif not equals and name in _WITH_VALUE:
            following = next(rest, None)
            value = following.text if following else ""
            at = At(file, at.start, following.span.end if following else at.end)
        options.append(Option(name, value, at))
        if name in ("-r", "--requirement"):
            files.append(value)
    return tuple(packages), tuple(options), tuple(files)


def _asked_of_conda(file: Path, command: Command) -> Iterator[Package]:
    """The packages on a command line of conda's, whose first words are verbs."""
    rest = iter(command.words[1:])
    for word in rest:
        if _WITH_VALUE_OF_CONDA.fullmatch(word.text):
            next(rest, None)
        elif not word.text.startswith(("-", ".", "/")) and word.text not in (*_VERBS, "env"):
            found = conda_package(word.text, At(file, word.span.start, word.span.end))
            if found is not None:
                yield found


def _files_of_conda(command: Command) -> tuple[str, ...]:
    """The lists behind ``-f`` and ``--file``; an environment is made from one of a known name."""
    words = command.texts
    found = [after for one, after in pairwise(words) if one in ("-f", "--file")]
    found += [one.partition("=")[2] for one in words if one.startswith(("--file=", "-f="))]
    return tuple(found) if found or "env" not in words[1:3] else (DEFAULT_FILE,)
