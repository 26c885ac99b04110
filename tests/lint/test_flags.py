from __future__ import annotations

from pathlib import Path

import pytest

from argosy.errors import UsageError
from argosy.lint.flags import Flags, groups
from argosy.lint.project.facts import Facts, ServiceFacts
from argosy.lint.settings import Settings


def test_flags_that_say_nothing_change_nothing() -> None:
    settings = Settings(select=("AI1",), ignore=("AI102",), failure_threshold=None)
    assert Flags().over(settings) == settings


def test_what_is_selected_by_a_flag_is_used_whatever_the_file_ignores() -> None:
    settings = Flags(select=("AI305",)).over(Settings(select=("AI1",), ignore=("AI305",)))
    assert [rule.code for rule in settings.rules] == ["AI305"]


def test_what_a_flag_ignores_is_ignored_too() -> None:
    settings = Flags(ignore=("AI102",)).over(Settings(select=("AI10",), ignore=("AI101",)))
    codes = {rule.code for rule in settings.rules}
    assert "AI103" in codes
    assert not codes & {"AI101", "AI102"}


def test_facts_of_flags_go_before_those_of_the_file() -> None:
    known = Facts(570, 8.6, ServiceFacts(60.0, 20.0, 5), {"chat": ServiceFacts(90.0)})
    settings = Flags(driver=580, cold_start=0.0).over(Settings(facts=known))
    assert settings.facts == Facts(
        580, 8.6, ServiceFacts(0.0, 20.0, 5), {"chat": ServiceFacts(90.0)}
    )


def test_a_threshold_can_be_taken_away() -> None:
    assert Flags(failure_threshold="none").over(Settings()).failure_threshold is None
    assert Flags(failure_threshold="error").over(Settings()).failure_threshold == "error"


def test_each_group_of_paths_has_the_settings_of_its_file(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".argosy-lint.yaml").write_text("ignore: AI101\n")
    paths = [tmp_path, tmp_path / "a"]
    assert [one.settings.ignore for one in groups(paths, Flags())] == [(), ("AI101",)]
    assert [one.paths for one in groups(paths, Flags(), search=False)] == [tuple(paths)]
    file = tmp_path / "a" / ".argosy-lint.yaml"
    (only,) = groups(paths, Flags(), file=file, search=False)
    assert only.settings.ignore == ("AI101",)


def test_a_name_of_no_rule_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no rule"):
        groups([tmp_path], Flags(select=("AI998",)))
