"""From files to a file: what the command `import` does. Reads and writes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argosy.errors import UsageError
from argosy.imported import compose_file
from argosy.imported.convert import Conversion, convert, services
from argosy.imported.ledger import STATUSES, Note
from argosy.stack.document import dotted

PRINTED = Path("-")


@dataclass(frozen=True)
class Imported:
    """What was made, and the ``file`` that it was written to; None where it is to be printed."""

    conversion: Conversion
    file: Path | None

    def summary(self) -> str:
        """In one or two lines."""
        made = self.conversion
        counts = Counter(one.status for one in made.accounts.values())
        values = ", ".join(f"{counts[status]} {status}" for status in STATUSES)
        parts = f"{_count(made.models, 'model')}, {_count(made.companions, 'companion')}"
        where = f"wrote {self.file}: " if self.file else ""
        lines = [f"{where}{parts}. Values of the Compose file: {values}."]
        if made.unset:
            names = ", ".join(made.unset)
            lines.append(f"To be set before `argosy up`, which reads no `.env` for them: {names}.")
        if made.models:
            lines.append("Next: `argosy plan` says what is missing still.")
        return "\n".join(lines)

    def report(self) -> dict[str, Any]:
        """All of it for JSON. The text of the stack file is in it where it was not written."""
        made = self.conversion
        return {
            "file": str(self.file) if self.file else None,
            **({} if self.file else {"text": made.text}),
            "models": list(made.models),
            "services": list(made.companions),
            "unset": list(made.unset),
            "notes": [_shown(one) for one in made.notes],
            "accounts": {dotted(leaf): note.status for leaf, note in made.accounts.items()},
        }


def run(places: Sequence[Path], output: Path, force: bool = False) -> Imported:
    """Import the Compose files at ``places`` into the stack file ``output``, or none for ``-``.

    Raises `UsageError` where ``output`` is there already, unless ``force`` is given, or cannot be
    written; and what `compose_file.read` raises.
    """
    is_printed = output == PRINTED
    if not is_printed and os.path.lexists(output) and not force:
        step = "Name another with -o, or overwrite it with --force."
        raise UsageError("this file is there already", where=str(output), next_step=step)
    file = compose_file.read(places)
    folder = Path() if is_printed else output.parent
    made = convert(file, services(file), folder)
    if is_printed:
        return Imported(made, None)
    try:
        output.write_text(made.text, encoding="utf-8")
    except OSError as error:
        what = f"the stack file cannot be written: {error.strerror}"
        raise UsageError(what, where=str(output)) from error
    return Imported(made, output)


def _count(names: Sequence[str], word: str) -> str:
    return f"{len(names)} {word}{'' if len(names) == 1 else 's'}"


def _shown(note: Note) -> dict[str, Any]:
    return {
        "status": note.status,
        "path": note.subject,
        "file": str(note.place.file),
        "line": note.place.line,
        "column": note.place.column,
        "became": dotted(note.became) or None,
        "text": note.text or None,
    }
