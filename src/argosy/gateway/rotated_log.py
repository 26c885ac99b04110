"""A log of another process: when it is large it becomes ``.1``, and ``.1`` becomes ``.2``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def is_due(file: Path, largest: int) -> bool:
    """Whether it has more than ``largest`` bytes."""
    try:
        return file.stat().st_size > largest
    except FileNotFoundError:
        return False


def rotate(file: Path, old_files: int) -> None:
    """Move it aside, and keep so many older ones. The writer must open ``file`` anew after it."""
    for number in range(old_files, 0, -1):
        older = _old(file, number - 1)
        if older.exists():
            older.replace(_old(file, number))


def parts(file: Path) -> tuple[Path, ...]:
    """Those that are there, the oldest first."""
    return tuple(reversed(tuple(_existing(file))))


def _existing(file: Path) -> Iterator[Path]:
    number = 0
    while (part := _old(file, number)).exists():
        yield part
        number += 1


def _old(file: Path, number: int) -> Path:
    return file.with_name(f"{file.name}.{number}") if number else file
