"""What a check has found, as frozen values. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Verdict = Literal["ok", "note", "warning", "failure"]
GRAVITY: tuple[Verdict, ...] = ("ok", "note", "warning", "failure")


@dataclass(frozen=True)
class Result:
    """``name`` is what was looked at, ``found`` what is there, ``why`` what that means.

    ``mend`` is the command that puts it right, or a sentence where no command does.
    """

    name: str
    verdict: Verdict
    found: str
    why: str = ""
    mend: str = ""

    def as_note(self) -> Result:
        """The same where nothing depends on it: what is wrong is worth knowing, no more."""
        return replace(self, verdict="note") if self.verdict in {"warning", "failure"} else self


@dataclass(frozen=True)
class Group:
    """Results that belong together. Nothing in a group that is not ``needed`` is a failure."""

    name: str
    needed: bool
    results: tuple[Result, ...]


@dataclass(frozen=True)
class Report:
    """All that was found. ``stack`` names the stack file; None where only the machine was asked."""

    stack: str | None
    groups: tuple[Group, ...]

    @property
    def verdict(self) -> Verdict:
        """The gravest of all."""
        found = [result.verdict for group in self.groups for result in group.results]
        return max(found, key=GRAVITY.index, default="ok")
