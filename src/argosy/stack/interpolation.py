"""`${NAME}` and `${NAME:-default}` in the values of a stack file; `$$` is a dollar. No I/O here.

As in the shell and in Compose, the default also stands in for a variable that is set but empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_REFERENCE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)
_FORMS = "Write ${NAME} or ${NAME:-default}; a literal $ is $$."


class Interpolated(str):
    """Text that holds values of variables, which no message may repeat."""

    __slots__ = ()


@dataclass(frozen=True)
class Fault:
    """What is wrong with the ``occurrence``-th ``${`` of a text, counted from 0."""

    occurrence: int
    what: str
    next_step: str


def interpolate(text: str, environment: Mapping[str, str]) -> tuple[str, tuple[Fault, ...]]:
    """The text with its variables filled in, `Interpolated` when there were any; and all faults."""
    if "$" not in text:
        return text, ()
    parts: list[str] = []
    faults: list[Fault] = []
    occurrence = position = 0
    referred = False
    while (dollar := text.find("$", position)) >= 0:
        parts.append(text[position:dollar])
        opening = text[dollar : dollar + 2]
        if opening == "${":
            end, value, fault = _reference(text, dollar + 2, environment)
            parts.append(value)
            if fault:
                faults.append(Fault(occurrence, *fault))
            occurrence += 1
            referred = True
            position = end
        else:
            parts.append("$")
            position = dollar + (2 if opening == "$$" else 1)
            occurrence += text.startswith("{", position) and opening == "$$"
    parts.append(text[position:])
    whole = "".join(parts)
    return Interpolated(whole) if referred else whole, tuple(faults)


def _reference(
    text: str, start: int, environment: Mapping[str, str]
) -> tuple[int, str, tuple[str, str] | None]:
    """Where the reference ends, its value, what is wrong; ``start`` is after its ``${``."""
    end = text.find("}", start)
    nested = text.find("${", start)
    if end < 0:
        return len(text), "", ("${ is never closed", _FORMS)
    if 0 <= nested < end:
        closing = text.find("}", end + 1)
        return (
            (closing if closing >= 0 else end) + 1,
            "",
            ("a ${…} cannot stand inside another", _FORMS),
        )
    match = _REFERENCE.fullmatch(text[start:end])
    if not match:
        return end + 1, "", ("this is no reference to a variable", _FORMS)
    name, default = match.groups()
    value = environment.get(name)
    if default is not None:
        return end + 1, value or default, None
    if value is None:
        return (
            end + 1,
            "",
            (
                f"the variable {name} is not set",
                f"Set it, or give a default: ${{{name}:-…}}.",
            ),
        )
    return end + 1, value, None
