"""An image that a Dockerfile builds: what is installed, copied, run in it. No I/O here."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from argosy.dockerfiles.syntax import Command, Dockerfile, Instruction, Stage, Word
from argosy.lint.finding import At
from argosy.lint.project.ignored import is_ignored
from argosy.lint.project.known_images import ImageName
from argosy.lint.project.package import Option, Package, Requirements, package
from argosy.lint.project.program import MODEL_PACKAGES, Program
from argosy.lint.project.weights import is_weights

_WITH_VALUE = {
    "-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "--extra-index-url",
    "--index",
    "--default-index", "-f", "--find-links", "-t", "--target", "--prefix", "--root", "--python",
    "-p",
    "--trusted-host", "--timeout", "--retries", "--cache-dir", "--platform", "--torch-backend",
    "--python-version", "--only-binary", "--no-binary", "--group", "--extra",
}  # fmt: skip
# Distributions whose import name is another one, as far as serving needs them.
DISTRIBUTIONS = {
    "faster-whisper": "faster_whisper", "llama-cpp-python": "llama_cpp",
    "onnxruntime-gpu": "onnxruntime",
    "openai-whisper": "whisper", "open-clip-torch": "open_clip", "scikit-learn": "sklearn",
    "sentence-transformers": "sentence_transformers", "tensorflow-cpu": "tensorflow",
    "tflite-runtime": "tflite_runtime", "tensorrt-llm": "tensorrt_llm",
}  # fmt: skip


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
    def requirements(self) -> Requirements:
        """What stands on its command line, as a file would say it."""
        return Requirements(Path(), self.packages, self.options)


@dataclass(frozen=True)
class Image:
    """What a Dockerfile builds. ``stage`` is what is built: the last one, or the service's target.

    ``folder`` is the build's context; None where it is not on this machine. ``programs`` are the
    Python files that are copied into it, ``files`` the paths below the context with their sizes in
    bytes, ``ignored`` the lines of its ``.dockerignore``, None without one. ``requirements`` are
    the files that its installs name, as far as they can be read, by the name they are given there.
    """

    dockerfile: Dockerfile
    stage: Stage
    folder: Path | None = None
    programs: tuple[Program, ...] = ()
    files: Mapping[str, int] = field(default_factory=dict)
    ignored: tuple[str, ...] | None = None
    requirements: Mapping[str, Requirements] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """Its Dockerfile."""
        return self.dockerfile.file

    @property
    def base(self) -> ImageName:
        """The image at the very bottom of what is built."""
        return ImageName(self.stage.root_base)

    @property
    def root(self) -> Stage:
        """The stage at the very bottom of what is built, whose FROM names `base`."""
        stage = self.stage
        while stage.parent is not None:
            stage = stage.parent
        return stage

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """All that makes the image that is kept: of its stage and the stages that it builds on."""
        return self.stage.lineage

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that take part: those it builds on, and those it copies from."""
        found: list[Stage] = []
        waiting: list[Stage] = [self.stage]
        while waiting:
            stage = waiting.pop()
            if any(stage.index == one.index for one in found):
                continue
            found.append(stage)
            if stage.parent is not None:
                waiting.append(stage.parent)
            for one in stage.instructions:
                source = flag(one, "from")
                named = self.dockerfile.stage(source) if source else None
                if named is not None:
                    waiting.append(named)
        return tuple(sorted(found, key=lambda stage: stage.index))

    @cached_property
    def installs(self) -> tuple[Install, ...]:
        """Of all stages that take part, in order."""
        return tuple(
            Install(one, command, stage, *_arguments(self.file, command))
            for stage in self.stages
            for one in stage.instructions
            if one.keyword == "RUN"
            for command in one.commands
            if is_install(command)
        )

    @cached_property
    def packages(self) -> tuple[Package, ...]:
        """All Python packages that are asked for, on command lines and in requirements files."""
        found = [one for install in self.installs for one in install.packages]
        seen: set[Path] = set()
        for named in self.requirements.values():
            if named.file not in seen:
                seen.add(named.file)
                found += named.packages
        return tuple(found)

    def package(self, *names: str) -> Package | None:
        """The first one of these names."""
        return next((one for one in self.packages if one.name in names), None)

    @property
    def system_packages(self) -> Iterator[tuple[Word, Instruction]]:
        """What `apt-get`, `apk`, `dnf` and their like install in the image that is kept."""
        for instruction in self.instructions:
            yield from system_packages(instruction)

    @cached_property
    def command(self) -> tuple[Word, ...]:
        """What it runs: entrypoint, then command."""
        parts = (self.stage.last("ENTRYPOINT"), self.stage.last("CMD"))
        return tuple(word for part in parts if part for one in part.commands for word in one.words)

    @cached_property
    def holds_model(self) -> bool:
        """Whether what it is built on, installs or runs shows that it serves a model itself."""
        if self.base.is_model_base:
            return True
        installed = {
            DISTRIBUTIONS.get(one.name, one.name.replace("-", "_")) for one in self.packages
        }
        if installed & MODEL_PACKAGES or any(one.holds_model for one in self.programs):
            return True
        copies = (one for one in self.instructions if one.keyword in ("COPY", "ADD"))
        return any(is_weights(source.text) for one in copies for source in one.copies[0])

    @property
    def user(self) -> str:
        """The user that it runs as, as written; empty where that is the base image's."""
        found = self.stage.last("USER")
        return found.words[0].text if found and found.words else ""

    def variable(self, name: str) -> str:
        """The value of a variable of its environment; empty without it."""
        found = self.stage.environment.get(name)
        return found.text if found is not None else ""

    def has_run(self, program: str) -> bool:
        """Whether a system package of this name is installed in it."""
        return any(word.text == program for word, _ in self.system_packages)

    def at(self, piece: Instruction | Word | Stage | Command) -> At:
        """Where a piece of the Dockerfile stands. Of a stage, its FROM."""
        if isinstance(piece, Stage):
            return self.at(piece.instruction)
        if isinstance(piece, Command):
            return At(self.file, piece.span.start, piece.span.end)
        return At(self.file, piece.span.start, piece.span.end)

    def inside(self, source: str) -> Iterator[tuple[str, int]]:
        """The files of the context, with sizes, that a source of COPY or ADD names."""
        wanted = posixpath.normpath(source.lstrip("/")) if source else "."
        for name, size in self.files.items():
            if wanted in (".", name) or name.startswith(f"{wanted}/") or _matches(name, wanted):
                yield name, size

    def copied(self, source: str, *, whole: bool = False) -> Iterator[tuple[str, int]]:
        """What is `inside` a source without what is ignored; ``whole``: of folders only."""
        wanted = posixpath.normpath(source.lstrip("/")) if source else "."
        for name, size in self.inside(source):
            if not (whole and name == wanted) and not is_ignored(name, self.ignored or ()):
                yield name, size


def flag(instruction: Instruction, name: str) -> str:
    """The value of a flag (``from`` of ``COPY --from=builder``); empty without it."""
    return next((one.value for one in instruction.flags if one.name == name), "")


def is_install(command: Command) -> bool:
    """Whether Python packages are installed by it."""
    words = [one.text for one in command.words]
    if command.program in ("python", "python3") and words[1:3] == ["-m", "pip"]:
        words = words[2:]
    elif command.program == "uv" and words[1:2] == ["pip"]:
        words = words[1:]
    elif command.program == "uv":
        return words[1:2] in (["sync"], ["add"])
    elif not re.fullmatch(r"pip[\d.]*", command.program):
        return False
    return "install" in words[1:4]


def system_packages(instruction: Instruction) -> Iterator[tuple[Word, Instruction]]:
    """The system packages that a RUN installs."""
    if instruction.keyword != "RUN":
        return
    for command in instruction.commands:
        words = [one.text for one in command.words]
        verb = {"apk": "add", "pacman": "-S"}.get(command.program, "install")
        known = ("apt-get", "apt", "apk", "dnf", "yum", "microdnf", "zypper", "pacman")
        if command.program not in known or verb not in words:
            continue
        for word in command.words[words.index(verb) + 1 :]:
            if not word.text.startswith("-"):
                yield word, instruction


def _arguments(
    file: Path, command: Command
) -> tuple[tuple[Package, ...], tuple[Option, ...], tuple[str, ...]]:
    packages: list[Package] = []
    options: list[Option] = []
    files: list[str] = []
    words = list(command.words)
    verbs = ("install", "add", "sync")
    start = next((i for i, one in enumerate(words) if one.text in verbs), 0) + 1
    rest = iter(words[start:])
    for word in rest:
        at = At(file, word.span.start, word.span.end)
        if not word.text.startswith("-"):
            if found := package(word.text, at):
                packages.append(found)
            continue
        name, equals, value = word.text.partition("=")
        if not equals and name in _WITH_VALUE:
            following = next(rest, None)
            value = following.text if following else ""
            at = At(file, at.start, following.span.end if following else at.end)
        options.append(Option(name, value, at))
        if name in ("-r", "--requirement"):
            files.append(value)
    return tuple(packages), tuple(options), tuple(files)


def _matches(name: str, pattern: str) -> bool:
    if not re.search(r"[*?\[]", pattern):
        return False
    return fnmatch.fnmatch(name, pattern)
