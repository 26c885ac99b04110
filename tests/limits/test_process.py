"""The process that counts, as the gateway keeps it."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from argosy.errors import GatewayError
from argosy.limits.process import LimitService, rules_file, socket
from argosy.limits.rules import Rules
from argosy.stack.model import Rate
from tests.waiting import PATIENCE, eventually

RULES = Rules("desk", concurrency=3)


@pytest.fixture
async def service(own_folders: Path) -> AsyncIterator[LimitService]:
    made = LimitService(own_folders, own_folders / "limits.log")
    yield made
    await made.end()


async def test_it_answers_once_it_counts(service: LimitService) -> None:
    assert await service.metrics() == ""

    await service.count_by(RULES)

    assert "argosy_limits_in_flight 0" in await service.metrics()


async def test_other_rules_need_no_other_process(service: LimitService) -> None:
    await service.count_by(RULES)
    before = service.pid

    await service.count_by(Rules("desk", tokens_per_day=5))

    assert service.pid == before


async def test_what_it_reads_and_where_it_answers_is_for_its_user_alone(
    service: LimitService, own_folders: Path
) -> None:
    await service.count_by(RULES)

    for file in (rules_file(own_folders), socket(own_folders)):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0


async def test_one_that_ends_is_started_again(service: LimitService) -> None:
    await service.count_by(RULES)
    before = service.pid
    assert before

    os.kill(before, signal.SIGKILL)
    await eventually(lambda: service.pid not in {before, None})

    async with asyncio.timeout(PATIENCE):
        while "in_flight" not in await service.metrics():  # noqa: ASYNC110  another process tells no event
            await asyncio.sleep(0.01)


async def test_one_that_is_left_is_found_again(service: LimitService, own_folders: Path) -> None:
    await service.count_by(RULES)
    await service.let_go()
    other = LimitService(own_folders, own_folders / "limits.log")

    await other.count_by(RULES)

    assert other.pid == service.pid
    await other.end()
    assert service.pid is None


async def test_ending_what_does_not_run_is_no_mistake(
    service: LimitService, own_folders: Path
) -> None:
    await service.end()
    await service.end()

    assert not socket(own_folders).exists()


async def test_one_that_cannot_start_is_told_with_its_log(own_folders: Path) -> None:
    service = LimitService(own_folders, own_folders / "limits.log")
    rules = Rules("desk", per_key=Rate(1), redis="redis://host:notaport/0")

    with pytest.raises(GatewayError, match="ended as soon as it was started"):
        await service.count_by(rules)

    assert "notaport" in (own_folders / "limits.log").read_text()
    await service.end()
