from __future__ import annotations

import pytest

from argosy.doctor.checks import pythons
from argosy.doctor.checks.pythons import judge
from argosy.environments import interpreter
from argosy.stack.model import Model
from tests.doctor.cases import case, stack


def test_a_python_that_is_here_is_shown_with_its_models() -> None:
    (result,) = judge({"3.9": "3.9.18"}, {"3.9": ["a", "b"]}, may_download=True)
    assert (result.name, result.found) == ("Python 3.9", "3.9.18, for a, b")


def test_one_that_uv_may_download_is_a_warning() -> None:
    (result,) = judge({"3.14": ""}, {"3.14": ["a"]}, may_download=True)
    assert (result.verdict, result.mend) == ("warning", "uv python install 3.14")


def test_one_that_nobody_may_download_fails() -> None:
    (result,) = judge({"3.14": ""}, {"3.14": ["a"]}, may_download=False)
    assert result.verdict == "failure"


async def test_the_python_that_runs_argosy_is_found_and_no_such_version_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    models = [Model("digits"), Model("old", python="3.8.999")]
    absent, own = await pythons.check(case(stack(*models)))
    assert (own.verdict, own.found) == ("ok", f"{interpreter.OWN_FULL}, for digits")
    assert (absent.name, absent.verdict) == ("Python 3.8.999", "failure")
