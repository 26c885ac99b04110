"""The requirements format of pip, as far as a lock needs it. No I/O beyond reading included files.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Where packages come from, and whether wheels are taken: what installing has to be told as well.
ROUTING = ("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--no-index")
BUILDING = ("--no-binary", "--only-binary")
INCLUDING = ("-r", "--requirement", "-c", "--constraint")


@dataclass(frozen=True)
class Requirement:
    """One line: what is required, without its hashes ("attrs==22.2.0", "./wheels/x.whl")."""

    text: str
    hashes: tuple[str, ...] = ()

    @property
    def pin(self) -> tuple[str, str] | None:
        """Normalised name and version of ``name==version``; None for anything else."""
        name, equals, version = self.text.partition(";")[0].strip().partition("==")
        if not equals or "@" in name:
            return None
        return normal(name), version.strip()

    def local(self, folder: Path) -> Path | None:
        """The file or folder that is required, if it lies on this machine."""
        text = re.sub(r"^(-e|--editable)[ =]", "", self.text).partition(" ;")[0].strip()
        name, at, url = text.partition(" @ ")
        target = url if at else name
        if target.startswith("file:"):
            return Path(unquote(urlsplit(target).path))
        if "://" in target or "==" in target:
            return None
        path = folder / re.sub(r"\[[^]]*\]$", "", target.strip())
        return path if path.exists() else None

    def moved(self, kept: Path) -> Requirement:
        """The same requirement, of a copy at ``kept``."""
        name, at, _ = self.text.partition(" @ ")
        return replace(self, text=f"{name} @ {kept.as_uri()}" if at else kept.as_uri())

    def __str__(self) -> str:
        return " \\\n    ".join([self.text, *(f"--hash={one}" for one in sorted(self.hashes))])


def normal(name: str) -> str:
    """A package's name as the index compares it, without extras (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name.partition("[")[0].strip()).lower()


def lines(text: str) -> Iterator[str]:
    """Logical lines: continued ones joined, comments and empty ones left out."""
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        if stripped := re.sub(r"(^|\s)#.*$", "", line).strip():
            yield re.sub(r"\s+", " ", stripped)


def requirements(text: str) -> Iterator[Requirement]:
    """The requirements among the lines of ``text``; options are left out."""
    for line in lines(text):
        if line.startswith("-") and not re.match(r"(-e|--editable)[ =]", line):
            continue
        found = re.split(r" --hash[= ]", line)
        yield Requirement(found[0].strip(), tuple(one.strip() for one in found[1:]))


def options(text: str, names: Iterable[str], folder: Path) -> Iterator[str]:
    """The option lines that begin with one of ``names``; paths become absolute from ``folder``."""
    wanted = tuple(names)
    for line in lines(text):
        name, value = _option(line)
        if name in wanted:
            if value and (folder / value).exists():
                value = str((folder / value).resolve())
            yield f"{name} {value}".strip()


def included(file: Path) -> Iterator[Path]:
    """``file`` and all that its ``-r`` and ``-c`` lines name, files that do not exist included."""
    seen: set[Path] = set()
    waiting = [file]
    while waiting:
        current = waiting.pop(0)
        if current in seen:
            continue
        seen.add(current)
        yield current
        for line in lines(read(current)):
            name, value = _option(line)
            if name in INCLUDING and "://" not in value:
                waiting.append(current.parent / value)


def read(file: Path) -> str:
    """The text of ``file``; empty where there is none, which uv then explains better."""
    try:
        return file.read_text(errors="surrogateescape")
    except OSError:
        return ""


def _option(line: str) -> tuple[str, str]:
    match = re.match(r"(--[a-z-]+|-[a-z])(?:[ =]\s*(.*))?$", line)
    return (match[1], match[2] or "") if match else ("", "")
