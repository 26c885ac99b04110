from __future__ import annotations

import pytest

from tests.scorers.scoring import scored, value, wrong_expected


def test_a_pattern_matches_somewhere_or_as_a_whole() -> None:
    assert value("regex", "on 2026-01-02.", r"\d{4}-\d{2}-\d{2}") == 1
    assert value({"regex": {"whole": True}}, "on 2026-01-02.", r"\d{4}-\d{2}-\d{2}") == 0
    assert value({"regex": {"whole": True}}, "2026-01-02", r"\d{4}-\d{2}-\d{2}") == 1
    assert value("regex", "YES", "yes") == 0
    assert value({"regex": {"ignore_case": True}}, "YES", "yes") == 1


def test_one_pattern_may_be_that_of_all_items() -> None:
    every = {"regex": {"pattern": "^[a-z]+$"}}
    assert value(every, "abc", None) == 1
    assert wrong_expected(every, None, given=False) == ""
    assert "needs `expected`" in wrong_expected("regex", None, given=False)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(a*)*b"])
def test_a_pattern_that_takes_for_ever_is_given_up(pattern: str) -> None:
    found = scored("regex", "a" * 5000 + "!", pattern)
    assert found.value == 0
    assert "took longer" in found.reason or not found.reason


@pytest.mark.parametrize("expected", ["(", "[a", "", 4, None, ["a"]])
def test_what_is_no_pattern_is_a_mistake(expected: object) -> None:
    assert wrong_expected("regex", expected)
