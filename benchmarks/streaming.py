"""Many streams at once through the gateway: how late does each token come?"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks import servers
from benchmarks.load import Effort
from benchmarks.report import Line
from benchmarks.stack import Started

TITLE = "100 streams of 30 tokens a second each, through the gateway"
STREAMS = 100
TOKENS_A_SECOND = 30
P99_MILLISECONDS = 50.0
STACK = """\
name: streams
models:
  talker:
    code: ./talker
gateway:
  listen: 127.0.0.1:{port}
"""
# Each token says when it was made, by a clock that all processes of a machine share.
MODEL = """\
import asyncio
import time

class Model:
    async def stream(self, told: dict):
        start = time.monotonic()
        for number in range(told["tokens"]):
            await asyncio.sleep(max(0.0, start + number / told["rate"] - time.monotonic()))
            yield time.monotonic()
"""


def measure(effort: Effort) -> list[Line]:
    """One run of ``effort.seconds`` for each round; all tokens count together."""
    with tempfile.TemporaryDirectory(prefix="argosy-bench-") as name:
        folder, port = Path(name), servers.free_port()
        (folder / "talker").mkdir()
        (folder / "talker" / "model.py").write_text(MODEL)
        (folder / "argosy.yaml").write_text(STACK.format(port=port))
        stack = Started(folder)
        stack.up()
        try:
            delays = sorted(
                delay
                for _ in range(effort.rounds)
                for delay in asyncio.run(_listen(port, effort.seconds))
            )
        finally:
            stack.down()
    wanted = STREAMS * TOKENS_A_SECOND * effort.seconds * effort.rounds
    cuts = statistics.quantiles(delays, n=1000, method="inclusive")
    return [
        Line("tokens that came", 100 * len(delays) / wanted, " %", at_least=100),
        Line("delay of a token, p50", cuts[499], " ms"),
        Line("delay of a token, p99", cuts[989], " ms", at_most=P99_MILLISECONDS),
        Line("delay of a token, p99.9", cuts[998], " ms"),
        Line("delay of a token, longest", delays[-1], " ms"),
    ]


async def _listen(port: int, seconds: int) -> list[float]:
    """The delays of all tokens of all streams, in milliseconds."""
    found = await asyncio.gather(*(_stream(port, seconds, one) for one in range(STREAMS)))
    return [delay for delays in found for delay in delays]


async def _stream(port: int, seconds: int, number: int) -> list[float]:
    """Read one stream; streams begin a little apart, as callers do."""
    await asyncio.sleep(number / STREAMS / TOKENS_A_SECOND)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    told = {"input": {"tokens": TOKENS_A_SECOND * seconds, "rate": TOKENS_A_SECOND}}
    body = json.dumps(told).encode()
    writer.write(
        b"POST /api/talker HTTP/1.1\r\nhost: bench\r\naccept: text/event-stream\r\n"
        b"content-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b"
        % (len(body), body)
    )
    delays = [
        (time.monotonic() - float(line[6:])) * 1e3
        async for line in reader
        if line.startswith(b"data: ") and b"{" not in line
    ]
    writer.close()
    await writer.wait_closed()
    return delays
