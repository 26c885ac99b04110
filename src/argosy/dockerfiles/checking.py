"""What Docker refuses before it builds anything: arguments that an instruction cannot have."""

from __future__ import annotations

import re
from dataclasses import dataclass

from argosy.dockerfiles import words
from argosy.dockerfiles.keywords import MAY_BE_EMPTY, Arguments, arguments_of
from argosy.dockerfiles.syntax import Instruction

# What most files have, seen at one glance. All else is taken apart.
_VARIABLE = r"\$\w|\$\{\w+\}"
_PLAIN = r"[^\s'\"$\\`]++"
_QUOTED = rf"'[^'\s`]*'|\"(?:[^\"$\\`\s]|{_VARIABLE})*\""
_QUOTED_WITH_BLANKS = rf"'[^'`]*'|\"(?:[^\"$\\`]|{_VARIABLE})*\""
_FINE = re.compile(rf"(?:{_PLAIN}|\s++|{_VARIABLE}|{_QUOTED})*+")
_FINE_PAIRS = re.compile(
    rf"(?:[^\s='\"$\\`]+=(?:{_PLAIN}|{_VARIABLE}|{_QUOTED_WITH_BLANKS})*+\s*)++"
)
_STAGE_NAME = re.compile(r"[a-z][a-z0-9\-_.]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at an index into the text."""

    at: int
    what: str
    keyword: str = ""
    next_step: str = ""


def wrong_arguments(instruction: Instruction) -> Mistake | None:
    """The first thing that is wrong with the arguments of an instruction, its heredocs read.

    Raises Malformed for quotes and braces. What has none is not taken apart, to save the time.
    """
    keyword, text = instruction.keyword, instruction.source.text
    if not text and not (keyword in MAY_BE_EMPTY or instruction.heredocs):
        return _mistake(instruction, "There is nothing behind it", "Write what it is to do")
    kind = arguments_of(keyword)
    is_pairs = kind is Arguments.PAIRS or kind is Arguments.NAMES
    if is_pairs and _FINE_PAIRS.fullmatch(text):
        return None
    if is_pairs or (kind.is_resolved and not _FINE.fullmatch(text)):
        _ = instruction.words
        _ = instruction.environment
    check = _CHECKS.get(keyword)
    return check(instruction) if check else None


def _mistake(instruction: Instruction, what: str, step: str = "", at: int | None = None) -> Mistake:
    place = instruction.span.start if at is None else at
    return Mistake(place, what, instruction.keyword, step)


def _from(instruction: Instruction) -> Mistake | None:
    found = instruction.words
    named = len(found) == 3 and found[1].text.upper() == "AS"
    if len(found) != 1 and not named:
        return _mistake(instruction, "It takes an image, or an image AS a name")
    if not found[0].text:
        return _mistake(instruction, "The image's name comes to nothing", at=found[0].span.start)
    if named and not _STAGE_NAME.fullmatch(found[2].text):
        what = f"{found[2].text} cannot be the name of a stage"
        step = "It begins with a letter and has letters, digits, -, _ and . alone"
        return _mistake(instruction, what, step, found[2].span.start)
    return None


def _copy(instruction: Instruction) -> Mistake | None:
    separated = instruction.text.split(None, 2) if instruction.form == "shell" else ()
    if len(separated) >= 2 or len(instruction.words) >= 2:
        return None
    return _mistake(instruction, "It needs what to take and where to")


def _pairs(instruction: Instruction) -> Mistake | None:
    source = instruction.source
    places = words.shell_separated(source, instruction.escape)
    first = source.text[slice(*places[0])] if places else ""
    if arguments_of(instruction.keyword) is Arguments.PAIRS and "=" not in first:
        if len(words.legacy_pair(source)) == 2:
            return None
        return _mistake(instruction, f"{first} has no value", f"Write {first}=value")
    for start, end in places:
        written = source.text[start:end]
        at = source.span(start, end).start
        if written.startswith("="):
            return _mistake(instruction, "A name is missing before =", at=at)
        if "=" not in written and instruction.keyword != "ARG":
            step = "Write name=value; a value with blanks stands in quotes"
            return _mistake(instruction, f"{written} has no =", step, at)
    return None


def _healthcheck(instruction: Instruction) -> Mistake | None:
    kind, *command = instruction.text.split(None, 1)
    if kind.upper() == "NONE":
        return _mistake(instruction, "NONE stands alone") if command else None
    if kind.upper() != "CMD":
        return _mistake(instruction, f"It takes CMD or NONE, not {kind[:20]}")
    return None if command else _mistake(instruction, "CMD needs a command")


def _shell(instruction: Instruction) -> Mistake | None:
    if instruction.form == "exec" and instruction.words:
        return None
    return _mistake(instruction, "It needs a JSON array", 'Write it as ["/bin/bash", "-c"]')


_CHECKS = {
    "ADD": _copy,
    "ARG": _pairs,
    "COPY": _copy,
    "ENV": _pairs,
    "FROM": _from,
    "HEALTHCHECK": _healthcheck,
    "LABEL": _pairs,
    "SHELL": _shell,
}
