from __future__ import annotations

import pytest

from argosy import scorers
from tests.scorers.scoring import scored, value, wrong_expected

ANSWER = {"a": {"b c": [1, {"d": "X"}]}, "items": [{"n": 1}, {"n": 2}]}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.a['b c'][0]", 1),
        ('$.a["b c"][-1].d', "X"),
        ("$.items[*].n", [1, 2]),
        ("$.items[0].*", [1]),
        ("$['items'][1]", {"n": 2}),
        ("$.items[9:]", None),
    ],
)
def test_a_place_is_found(path: str, expected: object) -> None:
    if expected is None:
        with pytest.raises(scorers.WrongScorer, match="is no path"):
            scorers.parse({"json_path": {"path": path}})
    else:
        assert value({"json_path": {"path": path}}, ANSWER, expected) == 1


def test_another_scorer_may_compare() -> None:
    path = "$.a['b c'][1].d"
    assert value({"json_path": {"path": path, "scorer": "normalised"}}, ANSWER, "x") == 1
    near = {"numeric": {"tolerance": 1}}
    assert value({"json_path": {"path": "$.items[0].n", "scorer": near}}, ANSWER, 2) == 1
    assert wrong_expected({"json_path": {"path": "$.a", "scorer": near}}, "many")


@pytest.mark.parametrize(
    "answer", ['{"label": "ok"}', 'Here:\n```json\n{"label": "ok"}\n```\nDone.']
)
def test_a_text_is_read_as_json(answer: str) -> None:
    assert value({"json_path": {"path": "$.label"}}, answer, "ok") == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({}, "nothing at $.label"),
        ([], "nothing at $.label"),
        (None, "nothing at $.label"),
        ("{label: ok}", "no JSON"),
        ('{"label": NaN}', "no JSON"),
        ("[" * 100_000, ""),
    ],
)
def test_where_nothing_stands_the_reason_says_so(answer: object, reason: str) -> None:
    found = scored({"json_path": {"path": "$.label"}}, answer, "ok")
    assert found.value == 0
    assert reason in found.reason
    assert found.reason


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"path": "label"},
        {"path": "$"},
        {"path": "$.a", "scorer": "contain"},
        {"path": "$.a", "scorer": {"embedding": {"model": "m"}}},
        {"path": "$.a", "scorer": "checks:grade"},
    ],
)
def test_what_cannot_work_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(scorers.WrongScorer):
        scorers.parse({"json_path": options})
