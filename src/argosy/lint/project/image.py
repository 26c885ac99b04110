"""An image that a Dockerfile builds: what is installed, copied, run in it. No I/O here."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path

from argosy.dockerfiles.syntax import Command, Dockerfile, Instruction, Stage, Word
from argosy.lint.finding import At
from argosy.lint.project.ignored import is_ignored
from argosy.lint.project.install import Install, arguments, is_install, system_packages
from argosy.lint.project.known_images import KnownImage
from argosy.lint.project.package import Package, Requirements
from argosy.lint.project.program import MODEL_PACKAGES, Program
from argosy.lint.project.weights import is_weights
from argosy.records import kept, record

# Distributions whose import name is another one, as far as serving needs them.
DISTRIBUTIONS = {
    "faster-whisper": "faster_whisper", "llama-cpp-python": "llama_cpp",
    "onnxruntime-gpu": "onnxruntime",
    "openai-whisper": "whisper", "open-clip-torch": "open_clip", "pytorch": "torch",
    "scikit-learn": "sklearn",
    "sentence-transformers": "sentence_transformers", "tensorflow-cpu": "tensorflow",
    "tflite-runtime": "tflite_runtime", "tensorrt-llm": "tensorrt_llm",
}  # fmt: skip
_MODEL_DISTRIBUTIONS = frozenset(
    [*MODEL_PACKAGES, *(one.replace("_", "-") for one in MODEL_PACKAGES)]
    + [name for name, imported in DISTRIBUTIONS.items() if imported in MODEL_PACKAGES]
)
# What is known of an image whatever it holds.
_OF_ITS_BUILD = ("_copied", "ignored", "installs", "instructions", "stages")


def ask_for_model(packages: Iterable[Package]) -> bool:
    """Whether one of these packages is what only a model needs."""
    return any(one.name in _MODEL_DISTRIBUTIONS for one in packages)


@record(slots=False)
class Image:
    """What a Dockerfile builds. ``stage`` is what is built: the last one, or the service's target.

    ``folder`` is the build's context; None where it is not on this machine. ``programs`` are the
    Python files that are copied into it, ``files`` the paths below the context with their sizes in
    bytes, ``closed`` the folders there that nobody has looked into. ``ignore_file`` is where its
    ``.dockerignore`` is or would be, ``ignore_text`` what stands there, None without one.
    ``requirements`` are the lists that its installs take, as far as they can be read, by the name
    they are given there.
    """

    dockerfile: Dockerfile
    stage: Stage
    folder: Path | None = None
    programs: tuple[Program, ...] = ()
    files: Mapping[str, int] = field(default_factory=dict)
    closed: tuple[str, ...] = ()
    ignore_file: Path | None = None
    ignore_text: str | None = None
    requirements: Mapping[str, Requirements] = field(default_factory=dict)

    def holding(
        self, programs: tuple[Program, ...], requirements: Mapping[str, Requirements]
    ) -> Image:
        """The same with what is copied into it and installed; what is known of it stays known."""
        found = replace(self, programs=programs, requirements=requirements)
        known = vars(self)
        vars(found).update({name: known[name] for name in _OF_ITS_BUILD if name in known})
        return found

    @property
    def file(self) -> Path:
        """Its Dockerfile."""
        return self.dockerfile.file

    @kept
    def ignored(self) -> tuple[str, ...] | None:
        """The lines of its ``.dockerignore``; None without one."""
        return tuple(self.ignore_text.splitlines()) if self.ignore_text is not None else None

    @kept
    def base(self) -> KnownImage:
        """The image at the very bottom of what is built."""
        return KnownImage(self.stage.root_base)

    @property
    def base_at(self) -> At:
        """Where `base` is named."""
        span = self.root.base.span
        return At(self.file, span.start, span.end)

    def base_piece(self, pattern: str) -> At | None:
        """A piece of the base's name as it is written; None where a variable has it.

        Also None where stages that are not kept are built on the same base: they may need it.
        """
        at = self.base_at
        others = (one for one in self.stages if one not in (self.stage, *self.stage.ancestors))
        if any(self.root in one.ancestors for one in others):
            return None
        found = re.search(pattern, self.dockerfile.text[at.start : at.end])
        return At(at.file, at.start + found.start(), at.start + found.end()) if found else None

    @property
    def root(self) -> Stage:
        """The stage at the very bottom of what is built, whose FROM names `base`."""
        stage = self.stage
        while stage.parent is not None:
            stage = stage.parent
        return stage

    @kept
    def instructions(self) -> tuple[Instruction, ...]:
        """All that makes the image that is kept: of its stage and the stages that it builds on.

        What stands behind ONBUILD does nothing here.
        """
        return tuple(one for one in self.stage.lineage if not one.onbuild)

    def steps(self, stage: Stage) -> tuple[Instruction, ...]:
        """The instructions of a stage that do something in this build."""
        return stage.steps

    @kept
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

    @kept
    def installs(self) -> tuple[Install, ...]:
        """Of all stages that take part, in order."""
        return tuple(
            Install(one, command, stage, *arguments(self.file, command))
            for stage in self.stages
            for one in self.steps(stage)
            if one.keyword == "RUN"
            for command in one.commands
            if is_install(command)
        )

    @kept
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

    @kept
    def system_packages(self) -> frozenset[str]:
        """What `apt-get`, `apk`, `dnf` and their like install in the image that is kept."""
        return frozenset(name for one in self.instructions for name in system_packages(one))

    @kept
    def command(self) -> tuple[Word, ...]:
        """What it runs: entrypoint, then command."""
        parts = (self.stage.last("ENTRYPOINT"), self.stage.last("CMD"))
        return tuple(word for part in parts if part for one in part.commands for word in one.words)

    @kept
    def holds_model(self) -> bool:
        """Whether what it is built on, installs or runs shows that it serves a model itself."""
        if self.base.is_model_base:
            return True
        if ask_for_model(self.packages) or any(one.holds_model for one in self.programs):
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
        return program in self.system_packages

    def at(self, piece: Instruction | Word | Stage | Command) -> At:
        """Where a piece of the Dockerfile stands. Of a stage, its FROM."""
        if isinstance(piece, Stage):
            return self.at(piece.instruction)
        if isinstance(piece, Command):
            return At(self.file, piece.span.start, piece.span.end)
        return At(self.file, piece.span.start, piece.span.end)

    def inside(self, source: str) -> Iterator[tuple[str, int]]:
        """The files of the context, with sizes, that a source of COPY or ADD names."""
        patterns = _patterns(source)
        for name, size in self.files.items():
            if _matched(name, patterns) is not None:
                yield name, size

    def copied(self, source: str) -> tuple[tuple[str, int], ...]:
        """What is `inside` a source without what is ignored."""
        if source not in self._copied:
            ignored = self.ignored or ()
            self._copied[source] = tuple(
                one for one in self.inside(source) if not is_ignored(one[0], ignored)
            )
        return self._copied[source]

    @kept
    def _copied(self) -> dict[str, tuple[tuple[str, int], ...]]:
        """Worked out once for each source: many rules ask, and a context may be large."""
        return {}


def matched(name: str, source: str) -> str | None:
    """The file or folder that a source of COPY stands for, where a path is it or lies in it.

    Both are relative to the context; the context itself is empty. None where the path is outside.
    A ``*`` ends at a slash: ``*.pt`` names no file of a folder.
    """
    return _matched(name, _patterns(source))


def _patterns(source: str) -> list[str]:
    """What the parts of a path are to be like; nothing for the context itself."""
    wanted = posixpath.normpath(source.lstrip("/")) if source else "."
    return [] if wanted == "." else wanted.split("/")


def _matched(name: str, patterns: list[str]) -> str | None:
    if not patterns:
        return ""
    parts = name.split("/")[: len(patterns)]
    if len(parts) < len(patterns):
        return None
    fits = parts == patterns or all(map(fnmatch.fnmatchcase, parts, patterns))
    return "/".join(parts) if fits else None


def flag(instruction: Instruction, name: str) -> str:
    """The value of a flag (``from`` of ``COPY --from=builder``); empty without it."""
    return next((one.value for one in instruction.flags if one.name == name), "")
