from __future__ import annotations

import pytest

from argosy.errors import UsageError
from argosy.lint.rule import rules
from argosy.lint.settings import Settings


def codes(settings: Settings) -> list[str]:
    return [one.code for one in settings.rules]


def test_all_rules_are_selected_unless_some_are_named() -> None:
    assert Settings().rules == rules()


def test_rules_are_named_by_code_start_or_slug_and_each_is_there_once() -> None:
    found = Settings(select=("AI301", "no-memory-limit", "AI30"))
    assert codes(found) == [f"AI30{number}" for number in range(1, 10)]


def test_what_is_ignored_is_left_out_also_where_it_is_selected() -> None:
    assert codes(Settings(select=("AI301", "AI302"), ignore=("no-cpu-limit",))) == ["AI301"]
    assert codes(Settings(select=("AI301",), ignore=("AI",))) == []


@pytest.mark.parametrize("name", ["AI999", "ai301x", "no-such-rule", "", "²"])
def test_a_name_of_no_rule_is_refused(name: str) -> None:
    for settings in (Settings(select=(name,)), Settings(ignore=(name,))):
        with pytest.raises(UsageError):
            _ = settings.rules
