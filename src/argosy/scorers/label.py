"""The answer's label is the one that is expected, or is among its first `k`.

An answer is a label; an object with its `label`; an object of labels and their scores; a list of
scores, one for each class; or a list of labels or of objects with `label` and `score`. Scores order
them, the highest first; a list of whole numbers holds labels. A class is expected by its name or
its number. Capital letters and spaces do not matter.

    {"input": "what a lovely day", "expected": "positive"}
    scorer: {label: {k: 2}}
"""

from __future__ import annotations

from typing import Any

from argosy.scorers.normalised import bare
from argosy.scorers.reading.options import Amount, CannotScore, Text, Texts
from argosy.scorers.reading.texts import text

OPTIONS = {
    "k": Amount("How many of the first labels count; 1 without it.", least=1, whole=True),
    "field": Text("Where the label stands in an object; `label` without it."),
    "labels": Texts("The names of the classes, in the order of a list of scores."),
}


def score(answer: object, expected: object, options: dict[str, Any]) -> float:
    """1 or 0. Of equal scores the label that is named first comes first."""
    ranked = _ranked(answer, options)[: options.get("k", 1)]
    wanted = _plain(_named(expected, options))
    return float(any(_plain(_named(one, options)) == wanted for one in ranked))


def wrong_expected(expected: object, options: dict[str, Any]) -> str:
    """What is no label."""
    labels = options.get("labels")
    if isinstance(expected, bool) or not isinstance(expected, str | int) or expected == "":
        return "must be a label, by its name or its number"
    if labels and _plain(_named(expected, options)) not in map(_plain, labels):
        return f"is none of the labels {', '.join(labels)}"
    return ""


def as_expected(answer: object, options: dict[str, Any]) -> object:
    """Its first label. Raises `CannotScore`."""
    ranked = _ranked(answer, options)
    if not ranked:
        raise CannotScore("the answer has no label")
    return _named(ranked[0], options)


def _ranked(answer: Any, options: dict[str, Any]) -> list[Any]:
    field = options.get("field", "label")
    if isinstance(answer, dict):
        if field in answer:
            return _ranked(answer[field], options)
        if answer and all(map(_is_score, answer.values())):
            return sorted(answer, key=lambda label: -answer[label])
        raise CannotScore(f"the answer has neither `{field}` nor scores by label")
    if not isinstance(answer, list):
        return [answer]
    while len(answer) == 1 and isinstance(answer[0], list):  # a batch of one row
        answer = answer[0]
    if all(isinstance(one, dict) and field in one for one in answer):
        scored = all(_is_score(one.get("score")) for one in answer)
        ordered: list[Any] = sorted(answer, key=lambda one: -one["score"]) if scored else answer
        return [one[field] for one in ordered]
    scores = len(answer) > 1 and all(map(_is_score, answer))
    if scores and any(isinstance(one, float) for one in answer):
        return sorted(range(len(answer)), key=lambda at: -answer[at])
    labels: list[Any] = answer
    return labels


def _named(label: object, options: dict[str, Any]) -> object:
    labels: list[str] = options.get("labels", [])
    if isinstance(label, int) and not isinstance(label, bool) and 0 <= label < len(labels):
        return labels[label]
    return label


def _plain(label: object) -> str:
    if isinstance(label, float) and label.is_integer():  # as XGBoost names classes
        label = int(label)
    return bare(text(label))


def _is_score(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
