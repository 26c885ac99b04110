"""A service of a Compose file, in the words of what is asked of it. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from argosy.compose_files import short_forms, variables
from argosy.compose_files.image_names import ImageName
from argosy.compose_files.project import Project
from argosy.compose_files.tree import Value
from argosy.imported.dockerfile import Dockerfile
from argosy.imported.words import Word, words
from argosy.stack.document import Keys


@dataclass(frozen=True)
class Variable:
    """An environment variable. ``raw`` is its value as a stack file has it; None passes one on."""

    name: str
    text: str
    raw: str | None
    path: Keys


@dataclass(frozen=True)
class Mount:
    """Something that is mounted. ``source`` of a bind is a path as the file has it.

    ``kind`` is ``bind``, ``volume`` or ``tmpfs``.
    """

    source: str
    target: str
    kind: str
    path: Keys
    origin: Path


@dataclass(frozen=True)
class Port:
    """A port that others can reach. ``host`` is empty where every address is meant."""

    published: int
    target: int
    host: str
    path: Keys


@dataclass(frozen=True)
class Beside:
    """Of one service: its Dockerfile, files of variables, and the configuration it mounts.

    ``names`` are the files below the folder that it is built from or runs, relative to it; None
    where there is no such folder. ``env_files`` are by the path that the service names.
    """

    dockerfile: Dockerfile | None = None
    names: frozenset[str] | None = None
    requirements: str = ""
    env_files: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    configuration: Mapping[Path, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """One service, with what lies beside its file."""

    name: str
    value: Value
    file: Project
    beside: Beside = field(default_factory=Beside)

    def text(self, *path: str) -> str:
        """A scalar with its variables filled in; empty where there is none."""
        found = self.value.below(path)
        return variables.fill(found.text, self.file.variables) if found else ""

    def raw(self, value: Value) -> str:
        """A scalar as a stack file has it."""
        return variables.rewrite(value.text, self.file.variables)

    def has(self, *path: str) -> bool:
        """Whether the key is there."""
        return self.value.below(path) is not None

    @property
    def image(self) -> str:
        """The image that it runs, or is built on."""
        built_on = self.dockerfile.base if self.dockerfile else ""
        return built_on or self.text("image")

    @property
    def image_name(self) -> str:
        """The image without registry, tag and digest: ``vllm/vllm-openai``."""
        return ImageName(self.image).path

    @property
    def image_tag(self) -> str:
        """The tag; empty without one."""
        return ImageName(self.image).tag

    @property
    def context(self) -> Path | None:
        """The folder that it is built from, beside its file; None where there is none."""
        build = self.value.below(("build",))
        if build is None:
            return None
        named = build.mapping.get("context", build)
        text = variables.fill(named.text, self.file.variables) or "."
        if re.match(r"[a-z+]+://|git@", text):
            return None
        return named.place.file.parent / text

    @property
    def dockerfile(self) -> Dockerfile | None:
        """What it is built by, where that can be read."""
        return self.beside.dockerfile

    @cached_property
    def command(self) -> tuple[Word, ...]:
        """All that is run: entrypoint, then command, of the image where the service has none."""
        known = self.file.variables
        own = words(self.value.below(("command",)), ("command",), known)
        if self.has("entrypoint"):
            return (*words(self.value.below(("entrypoint",)), ("entrypoint",), known), *own)
        of_image = self.dockerfile.entrypoint if self.dockerfile else ()
        default = self.dockerfile.command if self.dockerfile and not own else ()
        built = tuple(Word(text, text.replace("$", "$$"), ("build",)) for text in of_image)
        rest = tuple(Word(text, text.replace("$", "$$"), ("build",)) for text in default)
        return (*built, *own, *rest)

    @cached_property
    def environment(self) -> Mapping[str, Variable]:
        """Of the key ``environment``, by name."""
        value = self.value.below(("environment",))
        found: dict[str, Variable] = {}
        for key, one in value.mapping.items() if value else ():
            raw = None if one.content is None else self.raw(one)
            found[key] = Variable(key, self._filled(one.text), raw, ("environment", key))
        for index, one in enumerate(value.items if value else ()):
            name, equals, text = one.text.partition("=")
            raw = variables.rewrite(text, self.file.variables) if equals else None
            path = ("environment", str(index))
            found[name] = Variable(name, self._filled(text), raw, path)
        return found

    def variable(self, name: str) -> str:
        """The value of one, filled in; empty without it."""
        return self.environment[name].text if name in self.environment else ""

    @cached_property
    def mounts(self) -> tuple[Mount, ...]:
        """Of the key ``volumes``."""
        value = self.value.below(("volumes",))
        items = enumerate(value.items if value else ())
        return tuple(self._mount(one, ("volumes", str(index))) for index, one in items)

    @cached_property
    def ports(self) -> tuple[Port, ...]:
        """Of the key ``ports``: those with a number at the host."""
        value = self.value.below(("ports",))
        found = []
        for index, one in enumerate(value.items if value else ()):
            port = short_forms.port(one, self._filled)
            if port and port.published and port.target and port.protocol != "udp":
                path = ("ports", str(index))
                found.append(Port(port.published, port.target, port.host, path))
        return tuple(found)

    @property
    def depends_on(self) -> Mapping[str, Keys]:
        """Names of the services that are started first, with their paths."""
        found: dict[str, Keys] = {}
        for key in ("depends_on", "links"):
            value = self.value.below((key,))
            for name in value.mapping if value else ():
                found.setdefault(name, (key, name))
            for index, one in enumerate(value.items if value else ()):
                found.setdefault(one.text.partition(":")[0], (key, str(index)))
        return found

    def mentions(self, name: str) -> bool:
        """Whether it is told where the service ``name`` answers."""
        told = [*(one.text for one in self.environment.values())]
        told += [one.text for one in self.command]
        return any(mentions(text, name) for text in told)

    def at_host(self, path: str) -> Mount | None:
        """The mount in which a path of the container lies; the innermost of several."""
        around = [
            one
            for one in self.mounts
            if one.kind in ("bind", "volume")
            and f"{path}/".startswith(one.target.rstrip("/") + "/")
        ]
        return max(around, key=lambda one: len(one.target), default=None)

    def _filled(self, text: str) -> str:
        return variables.fill(text, self.file.variables)

    def _mount(self, value: Value, path: Keys) -> Mount:
        return Mount(*short_forms.mount(value, self._filled), path, value.place.file.parent)


def mentions(text: str, name: str) -> bool:
    """Whether a text names a service as the host of an address: ``//vllm``, ``vllm:8000``."""
    word = re.escape(name)
    return bool(re.search(rf"(?<![\w.-]){word}:[0-9$]|//{word}(?![\w.-])", text))
