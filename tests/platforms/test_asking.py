"""What is observed of a run that may not be a new one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from argosy.platforms.asking import Asking
from argosy.platforms.platform import Replica, ReplicaState
from tests.waiting import eventually

LOADING = b'{"ready": false, "reason": "the model is being loaded"}'
READY = b'{"ready": true, "cold_start": {"start": 0.1, "load": 1.0, "warm_up": 0.2}}'


QUEUEING = b'{"ready": false, "queueing": true, "reason": "the worker is being replaced"}'


class Observed:
    """A replica, ready at first, and every state that it was told to be in."""

    def __init__(self, replica: Replica | None = None) -> None:
        self.replica = replica or Replica("echo", 1, 1, "ready")
        self.states: list[str] = []

    def tell(self, **changes: Any) -> None:
        self.replica = replace(self.replica, **changes)
        self.states.append(self.replica.state)


async def asked_once(address: str, replica: Replica | None = None) -> Observed:
    observed, asked, stop = Observed(replica), asyncio.Event(), asyncio.Event()
    asking = Asking(lambda: observed.replica, observed.tell, asked)
    task = asyncio.create_task(asking.until(stop, address))
    await eventually(asked.is_set)
    stop.set()
    await task
    return observed


async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
    await writer.drain()
    writer.close()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reply(reader, writer, READY)


async def load(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reply(reader, writer, LOADING)


async def queue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reply(reader, writer, QUEUEING)


async def test_what_is_ready_and_answers_was_never_anything_else(tmp_path: Path) -> None:
    server = await asyncio.start_unix_server(answer, tmp_path / "s")
    async with server:
        observed = await asked_once(f"unix:{tmp_path / 's'}")
    assert set(observed.states) == {"ready"}


async def test_what_is_ready_and_does_not_answer_has_only_begun(tmp_path: Path) -> None:
    observed = await asked_once(f"unix:{tmp_path / 'nobody'}")
    assert observed.states == ["starting"]
    assert observed.replica.cold_start is None


@pytest.mark.parametrize(
    ("restarts", "reason"), [(0, "the model is being loaded"), (1, "it was ended by SIGKILL")]
)
async def test_that_it_loads_again_does_not_hide_why_it_has_ended(
    tmp_path: Path, restarts: int, reason: str
) -> None:
    before = "it was ended by SIGKILL" if restarts else ""
    replica = Replica("echo", 1, 1, "starting", restarts=restarts, reason=before)
    server = await asyncio.start_unix_server(load, tmp_path / "s")
    async with server:
        observed = await asked_once(f"unix:{tmp_path / 's'}", replica)
    assert (observed.replica.state, observed.replica.reason) == ("loading", reason)


@pytest.mark.parametrize("state", ["ready", "starting"])
async def test_where_requests_wait_for_the_next_worker_they_may_be_sent(
    tmp_path: Path, state: ReplicaState
) -> None:
    """Seen by whoever saw it ready, and by a supervisor that has just come."""
    server = await asyncio.start_unix_server(queue, tmp_path / "s")
    async with server:
        observed = await asked_once(f"unix:{tmp_path / 's'}", Replica("echo", 1, 1, state))
    assert set(observed.states) == {"queueing"}
    assert observed.replica.takes_requests
    assert observed.replica.reason == "the worker is being replaced"
