"""A revision: an immutable version of a model. No I/O here.

Code, environment lock, weights digest and settings are one unit: what ran as r1 can be started
again as r1, whatever has happened to the files it was made from.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from argosy.stack.model import Model


@dataclass(frozen=True)
class Lock:
    """An environment, resolved: every package with version and hash, for one interpreter.

    ``file`` is in requirements format. ``digest`` covers the lock's text and ``python``, the full
    version of the interpreter ("3.11.7"); it names the environment's folder.
    """

    digest: str
    python: str
    file: Path


@dataclass(frozen=True)
class Revision:
    """One version of one model. Paths point at kept copies, never at the user's own files."""

    number: int
    model: Model
    lock: Lock
    digest: str
    code: Path | None = None
    code_digest: str = ""
    weights: Path | None = None
    weights_digest: str = ""

    @property
    def name(self) -> str:
        """``sentiment.r2``: in logs, folders, metrics."""
        return f"{self.model.name}.r{self.number}"
