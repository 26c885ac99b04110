from __future__ import annotations

import pytest

from argosy.scorers.reading.sameness import same


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (4, 4.0, True),
        (1, True, False),
        ("4", 4, False),
        ({"a": [1, None]}, {"a": [1.0, None]}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ([1, 2], [2, 1], False),
    ],
)
def test_values_are_the_same_as_json_compares(one: object, other: object, expected: bool) -> None:
    assert same(one, other) is expected
