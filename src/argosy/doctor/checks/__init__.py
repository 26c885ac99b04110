"""What is looked at, one file each; nothing lists them.

A check's module has

- ``GROUP``: the part of the report that it stands in, one of `argosy.doctor.case.GROUPS`;
- ``SECONDS``, where it may take longer than the others;
- ``check(case)``, a coroutine: collects what the case does not hold, and returns what ``judge``,
  which is pure, makes of it. It returns nothing where there is nothing to look at, and may raise
  `ArgosyError`, which is then what was found. It says how bad something is for who needs it; where
  the stack does not, that becomes a note.

Its docstring begins with what the table of ``docs/doctor.md`` says of it.
"""

from __future__ import annotations

import pkgutil


def names() -> tuple[str, ...]:
    """Every check there is, sorted."""
    return tuple(sorted(name for _, name, _ in pkgutil.iter_modules(__path__)))
