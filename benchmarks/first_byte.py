"""How long callers wait for the first byte of a stream."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from argosy.errors import ArgosyError
from benchmarks.load import Effort, Target

CALLERS = 20  # at once, each asking for one stream after the other
APART = 0.013  # seconds between the first requests of two callers
PATIENCE = 30


def take_turns(targets: Mapping[str, Target], effort: Effort) -> dict[str, list[float]]:
    """One target after the other, round by round; of each its waits in milliseconds, in order."""
    for target in targets.values():
        asyncio.run(_listen(target, 1))
    waits: dict[str, list[float]] = {name: [] for name in targets}
    for _ in range(effort.rounds):
        for name, target in targets.items():
            waits[name] += asyncio.run(_listen(target, effort.seconds))
    return {name: sorted(found) for name, found in waits.items()}


async def _listen(target: Target, seconds: float) -> list[float]:
    until = time.monotonic() + seconds
    callers = (_caller(target, number, until) for number in range(CALLERS))
    return [wait for waits in await asyncio.gather(*callers) for wait in waits]


async def _caller(target: Target, number: int, until: float) -> list[float]:
    """The waits of one caller, all on one connection."""
    await asyncio.sleep(number * APART)
    where = urlsplit(target.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    question = _question(target)
    waits: list[float] = []
    try:
        while not waits or time.monotonic() < until:
            started = time.monotonic()
            writer.write(question)
            async with asyncio.timeout(PATIENCE):
                first = await _read(reader, target.url)
            waits.append((first - started) * 1e3)
    finally:
        writer.close()
    return waits


def _question(target: Target) -> bytes:
    where, body = urlsplit(target.url), target.body.read_bytes()
    headers = {
        "host": where.netloc,
        "content-type": "application/json",
        "content-length": len(body),
        **target.headers,
    }
    lines = [f"POST {where.path} HTTP/1.1", *(f"{key}: {value}" for key, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _read(reader: asyncio.StreamReader, url: str) -> float:
    """When the first event of the stream came; the stream is read to its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.partition(b"\r\n")[0] or b"chunked" not in head.lower():
        raise ArgosyError(f"no stream: {head.decode(errors='replace')}", where=url)
    first = 0.0
    async for line in reader:
        if line.startswith(b"data:") and not first:
            first = time.monotonic()
        if line == b"0\r\n":  # the last chunk (RFC 9112, 7.1)
            await reader.readline()
            break
    if not first:
        raise ArgosyError("a stream without an event", where=url)
    return first
