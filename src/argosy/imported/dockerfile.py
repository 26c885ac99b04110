"""As much of a Dockerfile as tells what its image runs, and on what. No I/O here."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field


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
    """The last stage of a Dockerfile, on the base that it begins with."""
    arguments: dict[str, str] = {}
    stages: dict[str, str] = {}
    made = _Stage()
    for word, rest in _instructions(text):
        rest = _filled(rest, arguments)  # noqa: PLW2901
        if word == "ARG":
            name, equals, value = rest.partition("=")
            if equals:
                arguments.setdefault(name.strip(), value.strip().strip("\"'"))
        elif word == "FROM":
            parts = [one for one in rest.split() if not one.startswith("--")]
            base = stages.get(parts[0], parts[0]) if parts else ""
            made = _Stage(base)
            if len(parts) == 3:
                stages[parts[2]] = base
        else:
            made.take(word, rest)
    return made.dockerfile()


class _Stage:
    def __init__(self, base: str = "") -> None:
        self._base = base
        self._workdir = ""
        self._words: dict[str, tuple[str, ...]] = {}
        self._environment: dict[str, str] = {}
        self._copies: list[Copy] = []
        self._packages: list[str] = []
        self._installed: list[str] = []

    def take(self, word: str, rest: str) -> None:
        if word in ("CMD", "ENTRYPOINT"):
            self._words[word] = _command(rest)
        elif word == "WORKDIR":
            self._workdir = rest.strip()
        elif word == "ENV":
            self._environment |= _environment(rest)
        elif word in ("COPY", "ADD") and "--from=" not in rest:
            parts = [one for one in _list(rest) if not one.startswith("--")]
            self._copies += [Copy(one, parts[-1]) for one in parts[:-1]]
        elif word == "RUN":
            self._packages += _after(rest, r"apt-get(?:\s+-\S+)*\s+install|apk\s+add")
            self._installed += _after(rest, r"pip3?\s+install|uv\s+pip\s+install")

    def dockerfile(self) -> Dockerfile:
        return Dockerfile(
            self._base,
            self._workdir,
            self._words.get("ENTRYPOINT", ()),
            self._words.get("CMD", ()),
            self._environment,
            tuple(self._copies),
            tuple(dict.fromkeys(self._packages)),
            tuple(dict.fromkeys(self._installed)),
        )


def _instructions(text: str) -> list[tuple[str, str]]:
    lines = [line for line in text.splitlines() if not re.match(r"\s*#", line)]
    joined = re.sub(r"\\\s*\n", " ", "\n".join(lines))
    found = (re.match(r"\s*([A-Za-z]+)\s+(.*)", line) for line in joined.splitlines())
    return [(one[1].upper(), one[2].strip()) for one in found if one]


def _filled(text: str, arguments: Mapping[str, str]) -> str:
    return re.sub(
        r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))",
        lambda found: arguments.get(found[1] or found[2], found[0]),
        text,
    )


def _command(rest: str) -> tuple[str, ...]:
    return tuple(_list(rest)) if rest.startswith("[") else ("sh", "-c", rest)


def _list(rest: str) -> list[str]:
    if rest.startswith("["):
        try:
            return [str(one) for one in json.loads(rest)]
        except ValueError:
            pass
    try:
        return shlex.split(rest)
    except ValueError:
        return rest.split()


def _environment(rest: str) -> dict[str, str]:
    words = _list(rest)
    if words and "=" not in words[0]:
        return {words[0]: " ".join(words[1:])}
    return dict(one.split("=", 1) for one in words if "=" in one)


def _after(rest: str, command: str) -> list[str]:
    """The words of a command of a shell that are no flags."""
    found: list[str] = []
    for one in re.split(r"&&|;|\|\|", rest):
        match = re.search(rf"(?:^|\s)(?:{command})\s+(.*)", one)
        words = _list(match[1]) if match else []
        is_file = False
        for word in words:
            if not word.startswith("-") and not is_file and word != ".":
                found.append(word)
            is_file = word in ("-r", "--requirement", "-c", "-e", "--index-url", "-i")
    return found
