"""Digests of files that were read before: unchanged gigabytes are not read again.

A cache: whatever is wrong with it, reading the file again is right.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Self

from argosy.snapshots import Found

SETTLED = 2_000_000_000  # nanoseconds; the coarsest clock of a file system in use
TABLE = """
create table if not exists digests (
  path text primary key, size integer, modified integer, inode integer, digest text
) without rowid
"""


class Digests:
    """SHA-256 of files by path, valid while size, time and inode are the same."""

    def __init__(self, file: Path) -> None:
        self._connection: sqlite3.Connection | None = None
        with contextlib.suppress(OSError, sqlite3.Error):
            file.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(file, isolation_level=None)
            self._connection.execute(TABLE)

    def get(self, found: Found) -> str | None:
        """The digest of a file that looks as it did when it was read."""
        query = "select digest from digests where (path, size, modified, inode) = (?, ?, ?, ?)"
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                for (digest,) in self._connection.execute(query, _key(found)):
                    return str(digest)
        return None

    def put(self, found: Found, digest: str, started: int) -> None:
        """Remember what was read from ``started`` on, in nanoseconds since 1970.

        A file that was written just before may be written again without a change of its time, so
        it is not remembered yet.
        """
        recent = started - found.status.st_mtime_ns < SETTLED
        if self._connection is None or recent or not is_unchanged(found):
            return
        with contextlib.suppress(sqlite3.Error):
            statement = "insert or replace into digests values (?, ?, ?, ?, ?)"
            self._connection.execute(statement, (*_key(found), digest))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()


def is_unchanged(found: Found) -> bool:
    """Whether the file still looks as it did when it was found."""
    try:
        return _look(found.path.stat()) == _look(found.status)
    except OSError:
        return False


def _key(found: Found) -> tuple[str | int, ...]:
    path = str(found.path.absolute()).encode(errors="surrogateescape").decode(errors="replace")
    return path, *_look(found.status)


def _look(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ino
