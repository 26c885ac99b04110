"""Versions as programs print them, and the least that will do. No I/O here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from argosy.doctor.result import Result

Version = tuple[int, int, int]


@dataclass(frozen=True)
class Least:
    """The least version that will do, and what an older one lacks."""

    version: Version
    why: str


def read(text: str) -> Version | None:
    """The first version in a text: ``v2.24.5``, ``2.40.3-desktop.1``, ``0.29.1+ds1``, ``25.0``."""
    found = re.search(r"(?<![\d.])(\d+)\.(\d+)(?:\.(\d+))?", text)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def show(version: Version) -> str:
    """``25.0``, ``2.40.3``."""
    return ".".join(map(str, version if version[2] else version[:2]))


def judge(name: str, told: str, least: Least, mend: str) -> Result:
    """A program, which tells its version in ``told``; ``mend`` brings a newer one."""
    version = read(told)
    if version is None:
        found = f"its version cannot be read from {told.strip()[:60]!r}"
        return Result(name, "warning", found, f"{show(least.version)} is needed: {least.why}.")
    if version < least.version:
        why = f"{show(least.version)} is needed: {least.why}."
        return Result(name, "failure", show(version), why, mend)
    return Result(name, "ok", show(version))
