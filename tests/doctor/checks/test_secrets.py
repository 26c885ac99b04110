from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from argosy.doctor.checks import secrets
from argosy.stack.model import Model
from tests.doctor.cases import case, stack

CHAT = Model("chat", secrets=("HF_TOKEN",))


async def test_a_secret_that_is_not_set_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    (result,) = await secrets.check(case(stack(CHAT, file=tmp_path / "argosy.yaml")))
    assert (result.verdict, result.found) == ("failure", "HF_TOKEN is not set; chat needs it")
    assert f">> {tmp_path}/.env" in result.mend


async def test_the_environment_or_the_file_will_do_and_no_value_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_very_secret")
    (tmp_path / ".env").write_text("# of lina\nexport API_KEY=very_secret\n")
    both = replace(CHAT, secrets=("HF_TOKEN", "API_KEY"))
    (result,) = await secrets.check(case(stack(both, file=tmp_path / "argosy.yaml")))
    assert (result.verdict, result.found) == ("ok", "HF_TOKEN, API_KEY set")


async def test_a_stack_without_secrets_needs_none() -> None:
    assert await secrets.check(case(stack(Model("digits")))) == []
