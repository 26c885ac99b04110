"""Kept copies of code folders, named by content, so that editing files never changes what runs."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from argosy.errors import UsageError

LARGEST = 1 << 30  # bytes; what is larger is data and belongs under `weights:`
NAME_LENGTH = 16
ABANDONED_AFTER = 3600.0  # seconds; a copy takes far less
SKIPPED = frozenset(
    {
        ".argosy", ".git", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache",
        ".ruff_cache", ".venv", "__pycache__", "node_modules",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A regular file of a folder. ``name`` is relative, with ``/``; ``path`` may be a symlink."""

    name: str
    path: Path
    status: os.stat_result


def keep(folder: Path, into: Path) -> tuple[str, Path]:
    """Copy ``folder`` to ``into``, unless the same content is there. The digest and the copy.

    Symlinks become what they point to; tool caches, virtual environments and version control are
    left out. Kept files are read-only, folders are not: Python writes its bytecode there. Raises
    `UsageError` for a folder that cannot be read or holds more than 1 GiB.
    """
    try:
        found = _code(folder)
        name = _digest(found)
        if (kept := into / name[:NAME_LENGTH]).is_dir():
            return name, kept
        return _copy(found, into)
    except OSError as error:
        reason = f"the code cannot be copied: {error.strerror}"
        raise UsageError(reason, where=str(error.filename or folder)) from error


def digest(folder: Path) -> str:
    """What `keep` would name this folder's content: names, contents, and which are executable."""
    try:
        return _digest(_code(folder))
    except OSError as error:
        reason = f"the code cannot be read: {error.strerror}"
        raise UsageError(reason, where=str(error.filename or folder)) from error


def walk(folder: Path, skipped: Collection[str] = ()) -> Iterator[Found]:
    """Every regular file below ``folder``, in no order; symlinks are followed.

    Names in ``skipped``, compiled bytecode and virtual environments are left out, and so are
    sockets, pipes and devices. Raises `OSError` for what cannot be read or is a loop.
    """
    yield from _walk(folder, "", frozenset(skipped), ())


def _walk(
    folder: Path, prefix: str, skipped: frozenset[str], above: tuple[tuple[int, int], ...]
) -> Iterator[Found]:
    here = folder.stat()
    identity = (here.st_dev, here.st_ino)
    if identity in above:
        raise OSError(40, "a symlink points to a folder that holds it", str(folder))
    with os.scandir(folder) as opened:
        entries = list(opened)
    for entry in entries:
        if entry.name in skipped or entry.name.endswith(".pyc"):
            continue
        path, name = Path(entry.path), prefix + entry.name
        status = entry.stat()
        if stat.S_ISREG(status.st_mode):
            yield Found(name, path, status)
        elif stat.S_ISDIR(status.st_mode) and not (path / "pyvenv.cfg").exists():
            yield from _walk(path, f"{name}/", skipped, (*above, identity))


def _code(folder: Path) -> list[Found]:
    found = sorted(walk(folder, SKIPPED), key=lambda one: one.name)
    size = sum(one.status.st_size for one in found)
    if size > LARGEST:
        largest = max(found, key=lambda one: one.status.st_size)
        raise UsageError(
            f"the code folder holds {size / (1 << 30):.1f} GiB, most of it in {largest.name}",
            where=str(folder),
            next_step="Keep data out of `code:`; name a model's data as `weights:`",
        )
    return found


def _digest(found: Sequence[Found]) -> str:
    total = hashlib.sha256()
    for one in found:
        with one.path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        kind = "x" if _executable(one) else "-"
        total.update(f"{kind} {content} {one.name}\0".encode(errors="surrogateescape"))
    return total.hexdigest()


def _copy(found: Sequence[Found], into: Path) -> tuple[str, Path]:
    """The digest is that of the copy: the files may be edited while they are copied."""
    into.mkdir(parents=True, exist_ok=True)
    _forget_abandoned(into)
    temporary = Path(tempfile.mkdtemp(prefix=".copying-", dir=into))
    try:
        for one in found:
            target = temporary / one.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(one.path, target)
            target.chmod(0o555 if _executable(one) else 0o444)
        temporary.chmod(0o755)
        name = _digest(_code(temporary))
        kept = into / name[:NAME_LENGTH]
        _rename_unless_taken(temporary, kept)
        return name, kept
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _rename_unless_taken(source: Path, target: Path) -> None:
    """Somebody else may have kept the same content meanwhile: theirs is as good."""
    try:
        source.rename(target)
    except OSError:
        if not target.is_dir():
            raise


def _forget_abandoned(into: Path) -> None:
    """Remove what a killed copy has left."""
    for folder in into.glob(".copying-*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - folder.stat().st_mtime > ABANDONED_AFTER:
                shutil.rmtree(folder, ignore_errors=True)


def _executable(one: Found) -> bool:
    return bool(one.status.st_mode & stat.S_IXUSR)
