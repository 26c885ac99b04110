"""Kept copies of weights, so that what ran can be started again after the files were overwritten.

``weights/<digest>/<name>`` is a file or a folder, complete and read-only; it came there by one
rename. A copy shares its blocks with the original where the file system can (reflinks), which costs
neither time nor space. Hard links would not do: writing into the original would change the copy.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from argosy import find
from argosy.errors import CannotStart, WeightsNotFound
from argosy.exclusive import Exclusive
from argosy.snapshots import Found, walk
from argosy.weights.digests import Digests, is_unchanged

Progress = Callable[[str], None]

FICLONE = 0x40049409  # linux/fs.h: share the blocks of another file
CHUNK = 4 << 20  # bytes
SPARE = 64 << 20  # bytes that stay free on the disk
SAY_EVERY = 0.5  # seconds
WAIT = 0.1  # seconds between two looks at a lock that somebody else holds
SKIPPED = frozenset({".cache", ".git", "__pycache__"})
FULL = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True)
class Kept:
    """Weights in the store. ``path`` ends in the name that the original had."""

    digest: str
    path: Path


def digest(path: Path, progress: Progress = lambda _: None) -> str:
    """The SHA-256 of a file, or of a folder's sorted list of names and their SHA-256.

    Symlinks are followed; ``.git`` and ``.cache`` are left out. What has not changed since the last
    time is not read again. Raises `WeightsNotFound`.
    """
    with _explained(path):
        files = _files(path)
        return _name(path, files, _contents(files, _Amounts(f"reading {path.name}", progress)))


def keep(path: Path, progress: Progress = lambda _: None) -> Kept:
    """Copy weights into the store, unless the same content is there.

    Raises `WeightsNotFound` for what cannot be read, `CannotStart` for a disk that is full.
    """
    path = path.resolve() if path.name in {"", ".."} else path.absolute()
    with _explained(path):
        files = _files(path)
        contents = _contents(files, _Amounts(f"reading {path.name}", progress))
        name = _name(path, files, contents)
        kept = Kept(name, _root() / name / path.name)
        if not kept.path.exists():
            with _locked(name, progress):
                if not kept.path.exists():
                    amounts = _Amounts(f"copying {path.name}", progress)
                    _copy(files, contents, kept, amounts, whole=path.is_file())
        return kept


def prune(keep: Collection[str] = ()) -> tuple[Kept, ...]:
    """Remove the weights whose digest is not in ``keep``, and what killed copies have left."""
    removed = []
    for name in _names(_root()):
        lock = None if name in keep else Exclusive.try_take(_lock_file(name))
        if lock is not None:
            with lock:
                removed += [Kept(name, one) for one in (_root() / name).iterdir()]
                _remove(_unfinished(name))
                _unfinished(name).parent.mkdir(exist_ok=True)
                (_root() / name).rename(_unfinished(name))
                _remove(_unfinished(name))
                lock.remove()
    for name in _names(_root() / ".copying"):
        if lock := Exclusive.try_take(_lock_file(name)):
            with lock:
                _remove(_unfinished(name))
                lock.remove()
    return tuple(removed)


def _files(path: Path) -> list[Found]:
    """The files of a folder by name, or the one file under the name that it has."""
    if path.is_dir():
        files = sorted(walk(path, SKIPPED), key=lambda one: one.name)
    else:
        files = [Found(path.name, path, path.stat())]
    if not files:
        raise WeightsNotFound("this folder of weights is empty", where=str(path))
    return files


def _contents(files: Sequence[Found], amounts: _Amounts) -> list[str]:
    """The SHA-256 of each file."""
    amounts.total = sum(one.status.st_size for one in files)
    contents = []
    with Digests(_root() / "digests.sqlite") as known:
        for one in files:
            if (content := known.get(one)) is None:
                started, total = time.time_ns(), hashlib.sha256()
                for chunk in _chunks(one.path):
                    total.update(chunk)
                    amounts.add(len(chunk))
                content = total.hexdigest()
                known.put(one, content, started)
            contents.append(content)
    return contents


def _name(path: Path, files: Sequence[Found], contents: Sequence[str]) -> str:
    if path.is_file():
        return contents[0]
    lines = (f"{content} {one.name}\0" for one, content in zip(files, contents, strict=True))
    return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()


def _copy(
    files: Sequence[Found], contents: Sequence[str], kept: Kept, amounts: _Amounts, whole: bool
) -> None:
    """Copy aside, compare, rename. ``whole``: the weights are one file and not a folder."""
    place = _unfinished(kept.digest)
    _remove(place)
    try:
        folder = place if whole else place / kept.path.name
        amounts.total = sum(one.status.st_size for one in files)
        for one, content in zip(files, contents, strict=True):
            target = folder / one.name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not (_clone(one, target) or _copied(one, target, amounts) == content):
                raise WeightsNotFound(
                    "these weights changed while they were copied",
                    where=str(one.path),
                    next_step="Try again once they are written.",
                )
            target.chmod(0o444)
        kept.path.parent.mkdir(parents=True, exist_ok=True)
        (place / kept.path.name).rename(kept.path)
        for root, _, _ in os.walk(kept.path):
            Path(root).chmod(0o555)
    finally:
        _remove(place)


def _clone(one: Found, target: Path) -> bool:
    """Share the blocks of ``one``; False where the file system cannot, or the file has changed."""
    with one.path.open("rb") as original, target.open("wb") as copy:
        try:
            fcntl.ioctl(copy.fileno(), FICLONE, original.fileno())
        except OSError:
            return False
    return is_unchanged(one)


def _copied(one: Found, target: Path, amounts: _Amounts) -> str:
    """Copy ``one``; the SHA-256 of what was copied."""
    needed = amounts.total - amounts.done
    free = shutil.disk_usage(target.parent).free
    if free < needed + SPARE:
        raise CannotStart(
            f"the weights need {_size(needed)}, the disk has {_size(free)} free",
            where=str(_root()),
            next_step="Free some space, or set ARGOSY_HOME to a folder on another disk.",
        )
    total = hashlib.sha256()
    with target.open("wb") as copy:
        for chunk in _chunks(one.path):
            copy.write(chunk)
            total.update(chunk)
            amounts.add(len(chunk))
    return total.hexdigest()


def _chunks(path: Path) -> Iterator[memoryview]:
    buffer = memoryview(bytearray(CHUNK))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(buffer):
            yield buffer[:size]


class _Amounts:
    """Tells how far reading or copying has come, not too often, and nothing about what is quick."""

    def __init__(self, doing: str, progress: Progress) -> None:
        self.total = 0
        self.done = 0
        self._doing = doing
        self._progress = progress
        self._said = time.monotonic()

    def add(self, size: int) -> None:
        self.done += size
        if time.monotonic() - self._said >= SAY_EVERY:
            self._said = time.monotonic()
            self._progress(f"{self._doing} ({_size(self.done)} of {_size(self.total)})")


@contextlib.contextmanager
def _locked(name: str, progress: Progress) -> Iterator[None]:
    lock = Exclusive.try_take(_lock_file(name))
    if lock is None:
        progress("waiting for another argosy that copies these weights")
    while lock is None:
        time.sleep(WAIT)
        lock = Exclusive.try_take(_lock_file(name))
    with lock:
        yield


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Translate what the system says."""
    try:
        yield
    except FileNotFoundError as error:
        raise WeightsNotFound(
            "these weights do not exist",
            where=str(error.filename or path),
            next_step="Correct `weights:` in the stack file, or put the file there.",
        ) from error
    except OSError as error:
        where = str(error.filename or path)
        if error.errno in FULL or where.startswith(str(_root())):
            raise CannotStart(
                f"the weights cannot be kept: {error.strerror}",
                where=str(_root()),
                next_step="Make room or make the folder writable, or set ARGOSY_HOME to another.",
            ) from error
        reason = f"these weights cannot be read: {error.strerror}"
        raise WeightsNotFound(reason, where=where) from error


def _remove(place: Path) -> None:
    """Folders in the store are read-only; nothing can be taken out of those."""
    for root, _, _ in os.walk(place):
        Path(root).chmod(0o755)
    if place.exists():
        shutil.rmtree(place)


def _names(folder: Path) -> list[str]:
    with contextlib.suppress(FileNotFoundError):
        return [one.name for one in folder.iterdir() if one.is_dir() and one.name[0] != "."]
    return []


def _root() -> Path:
    return find.home() / "weights"


def _unfinished(name: str) -> Path:
    return _root() / ".copying" / name


def _lock_file(name: str) -> Path:
    return _root() / ".locks" / name


def _size(size: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit in {"B", "KiB"} else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
