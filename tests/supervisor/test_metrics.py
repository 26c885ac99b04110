from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from argosy.gateway.gateway import Gateway
from argosy.platforms.platform import Replica
from argosy.supervisor import metrics

TOLD = 'argosy_load_seconds{model="m",replica="m.r1.3f2a"} 1.5\n'  # as a container calls itself


@pytest.fixture
def run_folder(own_folders: Path) -> Path:
    return own_folders


async def answering(socket: Path, body: str | None) -> asyncio.Server:
    """Something that answers every request with this; with nothing, it never answers."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if body is None:
            await reader.read()  # until the other side gives up
        else:
            head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n"
            writer.write((head + body).encode())
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    return await asyncio.start_unix_server(answer, socket)


@pytest.fixture
async def replicas(run_folder: Path) -> AsyncIterator[list[Replica]]:
    """One that answers, one that hangs, one that is gone."""
    servers = [
        await answering(run_folder / "a", TOLD),
        await answering(run_folder / "b", None),
    ]
    yield [
        Replica("m", 1, index, "ready", f"unix:{run_folder / name}", restarts=index)
        for index, name in enumerate(("a", "b", "c"), 1)
    ]
    for server in servers:
        server.close()


async def test_who_does_not_answer_is_left_out_and_told(
    run_folder: Path, replicas: list[Replica]
) -> None:
    gateway = Gateway(run_folder, run_folder / "gateway.log", lambda: None)

    lines = (await metrics.text(gateway, replicas)).splitlines()

    assert 'argosy_load_seconds{model="m",replica="m.r1.1"} 1.5' in lines
    told = [line for line in lines if line.startswith("argosy_replica_metrics_answered{")]
    assert [line.rpartition(" ")[2] for line in told] == ["1.0", "0.0", "0.0"]
    assert 'argosy_replicas{model="m",revision="r1",state="ready"} 3.0' in lines
    restarts = 'argosy_replica_restarts_total{model="m",replica="m.r1.3",revision="r1"} 3.0'
    assert restarts in lines
    assert "argosy_gateway_up 0.0" in lines


def test_the_document_is_up_to_date() -> None:
    file = Path(__file__).parents[2] / "docs" / "metrics.md"
    assert file.read_text() == metrics.document(), "run scripts/docs"
