from __future__ import annotations

import pytest

from argosy.scorers.reading.options import Amount, OneOf, Option, Text, Texts, Truth


@pytest.mark.parametrize(
    ("option", "right", "wrong"),
    [
        (Option(""), [1, None, {}], []),
        (Amount("", most=1), [0, 1, 0.5], [-1, 2, True, "1", None, float("nan")]),
        (Amount(""), [0, 1e9], [float("inf"), -0.1]),
        (Amount("", least=1, whole=True), [1, 7], [0, 1.0, True]),
        (Truth(""), [True, False], [0, "true", None]),
        (Text(""), ["a"], ["", 1, None]),
        (Texts(""), [["a"]], [[], ["a", 1], "a"]),
        (OneOf("", words=("first", "last")), ["first"], ["firs", 1, None]),
    ],
)
def test_values_are_checked(option: Option, right: list[object], wrong: list[object]) -> None:
    assert [option.wrong(value) for value in right] == [""] * len(right)
    assert all(option.wrong(value) for value in wrong)
