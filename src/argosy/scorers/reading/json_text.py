"""An answer as JSON: a text is parsed, and models like to put it in a fence. Pure."""

from __future__ import annotations

import json
import re

from argosy.scorers.reading.options import CannotScore

LONGEST = 4_000_000  # characters

_FENCED = re.compile(r"```(?:json|JSON)?[ \t]*\r?\n(.*?)\r?\n[ \t]*```", re.DOTALL)


def value(answer: object) -> object:
    """What a text says in JSON, or in its only fence; any other answer as it is.

    Raises `CannotScore` for a text that is no JSON.
    """
    if isinstance(answer, list) and len(answer) == 1 and isinstance(answer[0], str):
        answer = answer[0]
    if not isinstance(answer, str):
        return answer
    if len(answer) > LONGEST:
        raise CannotScore("the answer is too long to be read as JSON")
    fenced = _FENCED.findall(answer)
    try:
        return json.loads(fenced[0] if len(fenced) == 1 else answer, parse_constant=_no_json)
    except ValueError as error:
        raise CannotScore(f"the answer is no JSON: {error}") from error


def _no_json(word: str) -> None:
    raise ValueError(f"{word} is no JSON")
