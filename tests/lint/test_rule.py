from __future__ import annotations

import pytest

from argosy.errors import UsageError
from argosy.lint.rule import manual, named, rules


def test_rules_are_the_modules_of_their_folder_by_code() -> None:
    codes = [rule.code for rule in rules()]
    assert codes == sorted(set(codes))
    assert len({rule.slug for rule in rules()}) == len(codes)


@pytest.mark.parametrize(
    "word", ["AI305", "ai305", "start-period-unset", "start_period_unset", " AI305 "]
)
def test_a_rule_is_named_by_code_or_slug(word: str) -> None:
    assert [rule.code for rule in named(word)] == ["AI305"]


def test_the_start_of_a_code_names_all_that_begin_so() -> None:
    assert {rule.code[:3] for rule in named("AI3")} == {"AI3"}
    assert named("AI") == rules()


@pytest.mark.parametrize(
    ("word", "step"),
    [
        ("start-perid-unset", "Did you mean start-period-unset?"),
        ("AI999", "`argosy lint --explain all` lists them."),
        ("A", "`argosy lint --explain all` lists them."),
        ("", "`argosy lint --explain all` lists them."),
    ],
)
def test_a_name_of_no_rule_leads_to_the_nearest(word: str, step: str) -> None:
    with pytest.raises(UsageError) as caught:
        named(word)
    assert str(caught.value.next_step).startswith(step)


def test_a_docstring_is_a_title_and_sections_whose_indentation_stays() -> None:
    title, sections = manual(
        "Bad thing\n\nMore of it.\n\nWhy:\n    It is.\n\nInstead:\n    a:\n      b: c\n"
    )
    assert title == "Bad thing"
    assert sections == {"What": "More of it.", "Why": "It is.", "Instead": "a:\n  b: c"}
