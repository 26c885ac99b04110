from __future__ import annotations

from dataclasses import replace

import pytest

from argosy.doctor.checks import package_index
from tests.doctor.cases import case
from tests.ports import free_address


async def test_the_index_is_not_asked_unasked() -> None:
    assert await package_index.check(case()) == []


async def test_the_index_of_this_machine_answers() -> None:
    (result,) = await package_index.check(replace(case(), online=True))
    assert (result.verdict, "packaging==" in result.found) == ("ok", True)


async def test_an_index_that_does_not_answer_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://{free_address()}/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    (result,) = await package_index.check(replace(case(), online=True))
    assert (result.verdict, "UV_DEFAULT_INDEX" in result.mend) == ("failure", True)
