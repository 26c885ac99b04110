"""What stands at a path of the answer is right, by another scorer: `exact` without it.

A text is read as JSON, also out of a fence. The path is the part of JSONPath (RFC 9535) that names
places: `$.a.b`, `$['a b']`, `$[0]`, `$[-1]`, and `[*]` or `.*` for all, which give a list.

    {"input": "great!", "expected": "positive"}
    scorer: {json_path: {path: $.label, scorer: normalised}}
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from argosy import scorers
from argosy.scorers.reading import json_text
from argosy.scorers.reading.options import CannotScore, Option, Text

OPTIONS = {
    "path": Text("Where the answer stands; needed."),
    "scorer": Option(
        "What compares it: a scorer that needs no model, with its options or without."
    ),
}

_STEP = re.compile(
    r"\.(?P<name>[^\W\d][\w-]*)|\['(?P<quoted>[^']*)'\]|\[\"(?P<double>[^\"]*)\"\]"
    r"|\[(?P<index>-?[0-9]{1,9})\]|(?P<all>\.\*|\[\*\])"
)


def score(answer: object, expected: object, options: dict[str, Any]) -> float:
    """That of the other scorer."""
    found = _find(json_text.value(answer), options["path"])
    return float(_told(options).score(found, expected, _inner(options).options))


def wrong_options(options: dict[str, Any]) -> str:
    """A path that is none, another scorer that does not do."""
    if "path" not in options:
        return "needs the option `path`, such as `$.label`"
    if not _steps(options["path"]):
        return "`path` is no path; write it like `$.label` or `$.items[0].name`"
    try:
        inner = _inner(options)
    except scorers.WrongScorer as error:
        return f"`scorer`: {error}"
    simple = not any(hasattr(_told(options), each) for each in ("texts", "prepare", "SECONDS"))
    return "" if simple else f"the scorer {inner.name} cannot stand inside of another"


def wrong_expected(expected: object, options: dict[str, Any]) -> str:
    """As the other scorer says."""
    return scorers.Scorer(*_parts(options)).wrong_expected(expected)


def needs_expected(options: dict[str, Any]) -> bool:
    """As the other scorer says."""
    return bool(scorers.Scorer(*_parts(options)).wrong_expected(None, given=False))


def as_expected(answer: object, options: dict[str, Any]) -> object:
    """What stands there, as the other scorer expects it. Raises `CannotScore`."""
    found = _find(json_text.value(answer), options["path"])
    inner = getattr(_told(options), "as_expected", None)
    return inner(found, _inner(options).options) if inner else found


def _find(value: object, path: str) -> object:
    """Raises `CannotScore` where nothing stands there."""
    places, many = [value], False
    for kind, key in _steps(path):
        many = many or kind == "all"
        places = [one for place in places for one in _below(place, kind, key)]
    if not places and not many:
        raise CannotScore(f"the answer has nothing at {path}")
    return places if many else places[0]


def _below(place: object, kind: str, key: str) -> list[object]:
    if isinstance(place, dict):
        if kind == "all":
            return list(place.values())
        return [place[key]] if kind == "name" and key in place else []
    if isinstance(place, list):
        if kind == "all":
            return place
        if kind == "index" and -len(place) <= int(key) < len(place):
            return [place[int(key)]]
    return []


@lru_cache(maxsize=256)
def _steps(path: str) -> tuple[tuple[str, str], ...]:
    """Kind (``name``, ``index``, ``all``) and key of each; none for what is no path."""
    steps, at = [], 1
    while path.startswith("$") and (step := _STEP.match(path, at)):
        kind = {"index": "index", "all": "all"}.get(str(step.lastgroup), "name")
        steps.append((kind, step[str(step.lastgroup)]))
        at = step.end()
    return tuple(steps) if at == len(path) else ()


def _inner(options: dict[str, Any]) -> scorers.Choice:
    return scorers.parse(options.get("scorer", "exact"))


def _parts(options: dict[str, Any]) -> tuple[str, Any]:
    inner = _inner(options)
    return inner.name, inner.options


def _told(options: dict[str, Any]) -> Any:
    return scorers.module(_inner(options).name)
