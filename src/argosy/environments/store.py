"""The built environments that all stacks of this user share.

``environments/<digest>/`` is a complete environment: it came there by one rename, and its marker,
written last, says what it is. ``environments/.building/`` holds what is not complete,
``environments/.locks/`` one lock per digest, held by whoever builds or removes it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

from argosy import find
from argosy.exclusive import Exclusive

MARKER = "argosy.json"


@dataclass(frozen=True)
class Environment:
    """One complete environment. ``size`` is in bytes, times are seconds since 1970.

    Files that lie in uv's cache as well (hard links) are counted in ``size``, though removing the
    environment alone does not free them.
    """

    digest: str
    python: str
    packages: int
    path: Path
    created: float
    used: float
    size: int


@dataclass(frozen=True)
class Marker:
    """What a complete environment says of itself; its file's time is that of the last use."""

    digest: str
    python: str
    packages: int
    created: float


def folder(digest: str) -> Path:
    """Where the environment of this digest lies once it is complete."""
    return _root() / digest


def interpreter(digest: str) -> Path:
    """The Python of this environment."""
    return folder(digest) / "bin" / "python"


def is_complete(digest: str) -> bool:
    """Whether it was built, and the Python it was made from is still there."""
    return (folder(digest) / MARKER).is_file() and interpreter(digest).exists()


def touch(digest: str) -> None:
    """Record that the environment is used now."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        os.utime(folder(digest) / MARKER)


def installed() -> tuple[Environment, ...]:
    """Every complete environment, the most recently used first."""
    found = [one for place in _folders(_root()) if (one := _read(place))]
    return tuple(sorted(found, key=lambda one: -one.used))


def prune(keep: Collection[str] = (), older_than: float = 0.0) -> tuple[Environment, ...]:
    """Remove environments unused for ``older_than`` seconds, except the digests in ``keep``.

    One that is being built is left alone; what killed builds have left goes too. The removed ones.
    """
    removed = []
    for one in installed():
        if one.digest in keep or time.time() - one.used < older_than:
            continue
        if lock := try_lock(one.digest):
            with lock:
                discard(one.digest)
                lock.remove()
            removed.append(one)
    for place in _folders(_building()):
        digest = place.name.partition(".")[0]
        if lock := try_lock(digest):
            with lock:
                forget_unfinished(digest)
                lock.remove()
    return tuple(removed)


def try_lock(digest: str) -> Exclusive | None:
    """The right to build or remove this environment; None while another has it."""
    return Exclusive.try_take(_root() / ".locks" / digest)


def unfinished(digest: str) -> Path:
    """A folder, not made yet, to build the environment in. Only for the holder of its lock."""
    _building().mkdir(parents=True, exist_ok=True)
    return _building() / f"{digest}.{os.getpid()}"


def complete(place: Path, marker: Marker) -> None:
    """Turn the folder ``place`` into the environment, in one step."""
    (place / MARKER).write_text(json.dumps(asdict(marker)))
    place.rename(folder(marker.digest))


def discard(digest: str) -> None:
    """Remove it, so that at no time half of it can be used. Only for the holder of its lock."""
    forget_unfinished(digest)
    _building().mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        folder(digest).rename(_building() / f"{digest}.removed")
    forget_unfinished(digest)


def forget_unfinished(digest: str) -> None:
    """Remove what killed builds have left. Only for the holder of its lock."""
    for place in _building().glob(f"{digest}.*"):
        shutil.rmtree(place, ignore_errors=True)


def _root() -> Path:
    return find.home() / "environments"


def _building() -> Path:
    return _root() / ".building"


def _folders(root: Path) -> list[Path]:
    try:
        found = list(root.iterdir())
    except FileNotFoundError:
        return []
    return [one for one in found if not one.name.startswith(".") and one.is_dir()]


def _read(place: Path) -> Environment | None:
    try:
        marker = Marker(**json.loads((place / MARKER).read_text()))
        used = (place / MARKER).stat().st_mtime
        return Environment(
            marker.digest, marker.python, marker.packages, place, marker.created, used, _size(place)
        )
    except (OSError, ValueError, TypeError):
        return None


def _size(place: Path) -> int:
    """What the folder takes on the disk: symlinks not followed, hard links counted once."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for root, folders, files in os.walk(place):
        for name in (*folders, *files):
            with contextlib.suppress(FileNotFoundError):
                status = (Path(root) / name).lstat()
                identity = (status.st_dev, status.st_ino)
                if stat.S_ISDIR(status.st_mode) or identity not in seen:
                    total += status.st_blocks * 512
                    seen.add(identity)
    return total
