"""What a rule has found: where, what, and what to do. No I/O here."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from argosy.edits import Edit
from argosy.records import record

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@record()
class At:
    """A piece of a file's text, as indexes into it; ``end`` is behind its last character."""

    file: Path
    start: int
    end: int


@record()
class Finding:
    """One thing that is wrong.

    ``what`` says it, with its figures, and ``next_step`` what to write instead; both are sentences.
    ``subject`` is the service, stage or model that it is about. ``severity`` is given where it is
    not that of the rule. ``fix`` are edits of texts that mend it, whole or not at all; whether they
    are safe is said by the rule. What stands at the place is not shown where it is ``secret``.
    """

    at: At
    what: str
    next_step: str = ""
    subject: str = ""
    severity: Severity | None = None
    fix: tuple[Edit, ...] = ()
    secret: bool = False

    @property
    def message(self) -> str:
        """What is wrong and what to do, for readers of one text."""
        return f"{self.what.removesuffix('.')}. {self.next_step}" if self.next_step else self.what
