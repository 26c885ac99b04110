"""What lies in folders, read once: listings, and texts of files that are not large."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from argosy.errors import Problem

MOST_BYTES = 1 << 20
MOST_ENTRIES = 20_000
SKIPPED = frozenset({
    "__pycache__", "node_modules", "site-packages", "venv", "env", "dist", "build", "target",
})  # fmt: skip
_CLOSED = frozenset({"__pycache__", "node_modules", "site-packages"})


class Folders:
    """Every listing and every text is kept, so that many Dockerfiles may share a context.

    ``given`` are texts that stand for those of files, whether or not these are there.
    """

    def __init__(self, given: Mapping[Path, str] = MappingProxyType({})) -> None:
        self.given = given
        self.known: dict[Path, str] = dict(given)  # also all that has been read
        self._unreadable: set[Path] = set()
        self._files: dict[Path, Mapping[str, int]] = {}
        self._closed: dict[Path, tuple[str, ...]] = {}

    def text(self, file: Path) -> str | None:
        """The text of a file; None where there is none, or it is too large or no text."""
        found = self.known.get(file)
        if found is None and file not in self._unreadable:
            found = _text(file)
            if found is None:
                self._unreadable.add(file)
            else:
                self.known[file] = found
        return found

    def files(self, folder: Path) -> Mapping[str, int]:
        """Paths below a folder, relative to it, with their sizes in bytes."""
        if folder not in self._files:
            closed: list[str] = []
            entries = _walk(str(folder), "", closed)
            self._files[folder] = {
                name: size for _, (name, size) in zip(range(MOST_ENTRIES), entries, strict=False)
            }
            self._closed[folder] = tuple(closed)
        return self._files[folder]

    def closed(self, folder: Path) -> tuple[str, ...]:
        """The folders below one that nobody looks into: environments, caches, hidden ones."""
        self.files(folder)
        return self._closed[folder]


def _walk(folder: str, below: str, closed: list[str]) -> Iterator[tuple[str, int]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda one: one.name)
    except OSError:
        return
    inner = []
    for one in entries:
        try:
            if one.is_file():
                yield f"{below}{one.name}", one.stat().st_size
            elif one.is_dir(follow_symlinks=False):
                if _is_closed(one):
                    closed.append(f"{below}{one.name}")
                else:
                    inner.append(one)
        except OSError:
            continue
    for one in inner:
        yield from _walk(one.path, f"{below}{one.name}/", closed)


def _is_closed(folder: os.DirEntry[str]) -> bool:
    if folder.name.startswith(".") or folder.name in _CLOSED:
        return True
    return Path(folder.path, "pyvenv.cfg").is_file()


def is_looked_into(name: str) -> bool:
    """Whether a folder of this name may hold files that somebody wrote."""
    return name not in SKIPPED and not name.startswith(".")


def unreadable(file: Path) -> Problem:
    """Why a file that is to be read has no text."""
    if file.is_dir():
        step = "Put the file in its place, or remove it."
        return Problem(file, 1, 1, "", "this is a folder where a file is meant", step)
    if not file.exists():
        return Problem(file, 1, 1, "", "this link leads nowhere", "Mend or remove the link.")
    if (place := _not_utf_8(file)) is not None:
        step = "Save it as UTF-8, or exclude it."
        return Problem(file, *place, "", "the file is not UTF-8", step)
    step = "Make it a readable text in UTF-8 of at most 1 MiB, or exclude it."
    return Problem(file, 1, 1, "", "this file cannot be read", step)


def _not_utf_8(file: Path) -> tuple[int, int] | None:
    """The line and column of the first byte that is none of UTF-8."""
    try:
        _read(file)
    except UnicodeDecodeError as error:
        lines = error.object[: error.start].decode().split("\n")
        return len(lines), len(lines[-1]) + 1
    except (OSError, ValueError):
        return None
    return None


def _text(file: Path) -> str | None:
    try:
        return _read(file)
    except (OSError, ValueError):
        return None


def _read(file: Path) -> str | None:
    found = file.stat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
        return None  # a pipe or a device may have no end
    with file.open("rb", buffering=0) as opened:
        return opened.read().decode()
