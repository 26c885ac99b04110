"""Whether two answers are alike, by each scorer."""

from __future__ import annotations

from typing import Any

import pytest

from argosy import scorers


@pytest.mark.parametrize(
    ("scorer", "one", "other", "expected"),
    [
        ("exact", "a", "a", True),
        ("exact", "a", "A", False),
        ("normalised", "a", "A.", True),
        ("contains", "4", "It is 4.", False),
        ("numeric", "It is 4.", "4", True),
        ("numeric", "four", "iv", False),
        ("choice", "The answer is B.", "(b)", True),
        ("choice", "The answer is B.", "C", False),
        ("choice", "no idea", "B", False),
        ("label", {"label": "cat", "score": 0.9}, {"label": "Cat", "score": 0.8}, True),
        ("label", {"label": "cat", "score": 0.9}, {"label": "dog", "score": 0.9}, False),
        ("label", [0.1, 0.9], [0.2, 0.8], True),
        ("label", [], ["cat"], False),
        ({"json_path": {"path": "$.a"}}, {"a": 1, "b": 2}, {"a": 1, "b": 3}, True),
        ({"json_path": {"path": "$.a"}}, {"a": 1}, {"b": 1}, False),
        (
            {"json_path": {"path": "$.a", "scorer": "label"}},
            {"a": {"label": "x", "score": 1}},
            {"a": {"label": "x", "score": 0.5}},
            True,
        ),
        ({"regex": {"pattern": "[0-9]"}}, "4", "5", True),
        ({"regex": {"pattern": "[0-9]"}}, "4", "five", False),
        ("token_f1", "a b", "a b c", False),
    ],
)
async def test_each_is_right_where_the_other_is_expected(
    scorer: Any, one: object, other: object, expected: bool
) -> None:
    choice = scorers.parse(scorer)
    made = scorers.named(choice.name, choice.options)
    assert await made.alike(one, other) is expected
    assert await made.alike(other, one) is expected
