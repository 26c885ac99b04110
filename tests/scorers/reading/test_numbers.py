from __future__ import annotations

from fractions import Fraction

import pytest

from argosy.scorers.reading.numbers import numbers


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("It is 42.", [42]),
        ("5, 6 and -7", [5, 6, -7]),
        ("1,200.50", [Fraction(2401, 2)]),
        ("a:4 = .5", [4, Fraction(1, 2)]),
        ("4% (4 %)", [Fraction(1, 25), Fraction(1, 25)]),
        ("１２", [12]),
        ("-1.5e2", [-150]),
        ("gpt-4 says 5", [5]),
        ("1.200,50 3-4 1/4 v4 4.5.6 2024-05-01 12:30 4² ½ 0x10 1e4000", []),
        ("9" * 401, []),
        ("", []),
    ],
)
def test_what_stands_alone_is_a_number(written: str, found: list[Fraction]) -> None:
    assert numbers(written) == found
