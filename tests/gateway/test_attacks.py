"""What is sent to harm or to get past: each refused, and good callers are served meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import json
import stat
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from argosy.gateway.gateway import Gateway
from argosy.gateway.routing import Routing
from argosy.stack.model import Gateway as Settings
from argosy.stack.model import Patience
from tests.gateway.conftest import Pair, Serve, digits
from tests.gateway.counts import IN_FLIGHT, until_statistic
from tests.gateway.raw import (
    Connection,
    connected,
    get,
    post,
    told,
)

HEAD = "POST /api/digits HTTP/1.1\r\nhost: x\r\n"
HIDDEN = "GET /api/digits?hidden=1 HTTP/1.1\r\nhost: x\r\nx: "
CHUNKED = "transfer-encoding: chunked\r\n"
SMUGGLED = {
    "a length and chunks": f"{HEAD}content-length: 6\r\n{CHUNKED}\r\n0\r\n\r\n",
    "two lengths": f"{HEAD}content-length: 0\r\ncontent-length: 44\r\n\r\n",
    "two lengths in one": f"{HEAD}content-length: 0, 44\r\n\r\n",
    "a length with a sign": f"{HEAD}content-length: +0\r\n\r\n",
    "a length in hex": f"{HEAD}content-length: 0x10\r\n\r\n",
    "a space before the colon": f"{HEAD}transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
    "another transfer encoding": f"{HEAD}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked and more": f"{HEAD}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunks twice": f"{HEAD}{CHUNKED}{CHUNKED}\r\n0\r\n\r\n",
    "a zero byte": f"{HEAD}x: a\0b\r\n\r\n",
    "a wrong chunk": f"{HEAD}{CHUNKED}\r\n-1\r\n\r\n",
}


PATHS = {
    "/api%2Fdigits": 400,
    "/api/digits%2f..%2fother": 400,
    "/models/digits%5C..%5Cother": 400,
    "//api/digits": 404,
    "/api//digits": 404,
    "/api/./../api//digits": 404,
    "/API/digits": 404,
    "/api/DIGITS": 404,
    "/api/digits;x=1": 404,
    "/models/digits/../other/ready": 404,
    "/models/digits/%2e%2e/other/ready": 404,
    "/api/digits%00": 400,
    "/api/digits#/x": 400,
    "/../../etc/passwd": 404,
}


async def test_a_request_that_two_servers_may_read_differently_is_refused(
    serve: Serve, listen: str, replicas: Pair
) -> None:
    """The connection ends, so that what follows is not read as another request."""
    await serve(digits(*replicas))

    sent = [(one + HIDDEN).encode() for one in SMUGGLED.values()]
    answers = await asyncio.gather(*(told(listen, one) for one in sent))

    passed = {
        what: answer
        for what, answer in zip(SMUGGLED, answers, strict=True)
        if not answer.startswith(("HTTP/1.1 400 ", "HTTP/1.1 501 "))
        or answer.count("HTTP/1.1 ") > 1
    }
    assert passed == {}


async def test_what_only_some_take_for_the_end_of_a_line_is_none_for_the_replica(
    serve: Serve, listen: str, replicas: Pair
) -> None:
    await serve(digits(*replicas))

    folded = await told(listen, get("/api/digits", "x: a\r\n transfer-encoding: chunked"))
    bare = await told(listen, get("/api/digits", "x: a\rtransfer-encoding: chunked"))

    assert '"x": "a transfer-encoding: chunked"' in folded
    assert '"x": "atransfer-encoding: chunked"' in bare


async def test_tricks_with_the_path_lead_to_no_replica(
    serve: Serve, listen: str, replicas: Pair
) -> None:
    await serve(digits(*replicas))

    answers = await asyncio.gather(*(told(listen, get(path)) for path in PATHS))

    statuses = {path: answer.split(" ")[1] for path, answer in zip(PATHS, answers, strict=True)}
    assert statuses == {path: str(status) for path, status in PATHS.items()}


async def test_a_path_is_matched_as_the_replica_will_see_it(
    serve: Serve, listen: str, replicas: Pair
) -> None:
    await serve(digits(*replicas))

    answer = await told(listen, get("/models/digits/%2e%2e/digits/./a%20b"))

    assert '"path": "/a b"' in answer or '"path": "/a%20b"' in answer


async def test_a_header_that_a_program_may_take_for_another_is_dropped(
    serve: Serve, listen: str, replicas: Pair
) -> None:
    await serve(digits(*replicas))

    answer = await told(listen, get("/api/digits", "x_argosy_caller: somebody else"))

    assert "200 OK" in answer
    assert "somebody else" not in answer


async def test_headers_too_large_or_too_many_are_431(
    serve: Serve, listen: str, replicas: Pair
) -> None:
    await serve(digits(*replicas))

    large, many, long_path, within = await asyncio.gather(
        told(listen, get("/api/digits", f"x-large: {'x' * 70_000}")),
        told(listen, get("/api/digits", *(f"x-{count}: 1" for count in range(120)))),
        told(listen, get("/api/digits?" + "x" * 70_000)),
        told(listen, get("/api/digits", f"x-large: {'x' * 50_000}")),
    )

    assert large.startswith("HTTP/1.1 431 ")
    assert many.startswith("HTTP/1.1 431 ")
    assert long_path.startswith(("HTTP/1.1 431 ", "HTTP/1.1 414 "))
    assert within.startswith("HTTP/1.1 200 ")


async def test_nobody_outside_reaches_the_admin_interface(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, run_folder: Path
) -> None:
    await serve(digits(*replicas))

    for path in ("/config_dump", "/clusters", "/stats", "/server_info", "/quitquitquit"):
        assert (await client.get(path)).status_code == 404
        assert (await client.post(path)).status_code == 404
    socket = (run_folder / "admin.sock").stat().st_mode
    assert stat.S_ISSOCK(socket)
    assert stat.S_IMODE(socket) == 0o600


Impatient = Patience(headers=0.5, request=1.5, silence=0.7, idle=1)


@pytest.fixture
async def impatient(gateway: Gateway, listen: str, replicas: Pair) -> Gateway:
    """A gateway that waits for nobody for long."""
    await gateway.serve(Routing("desk", Settings(listen, patience=Impatient), (digits(*replicas),)))
    return gateway


async def test_headers_that_come_too_slowly_are_408(impatient: Gateway, listen: str) -> None:
    async with connected(listen) as slow:
        await slow.send(b"GET /api/digits HTTP/1.1\r\nhost: x\r\n")
        answer = await _trickle(slow, b"x-more: 1\r\n")

    assert answer.startswith("HTTP/1.1 408 ")


@pytest.mark.parametrize("path", ["/api/digits", "/v1/chat/completions"])
async def test_a_body_that_comes_too_slowly_is_408(
    impatient: Gateway, listen: str, path: str
) -> None:
    async with connected(listen) as slow:
        await slow.send(post(path, "content-length: 1000"))
        answer = await _trickle(slow, b"x")

    assert answer.startswith("HTTP/1.1 408 ")


@pytest.mark.alone
async def test_a_body_that_stops_coming_is_408_even_before_its_model_is_known(
    impatient: Gateway, listen: str
) -> None:
    began = time.monotonic()
    async with connected(listen) as slow:
        await slow.send(post("/v1/chat/completions", "content-length: 9", body=b"{"))
        head = await slow.head()
        took = time.monotonic() - began
        body = json.loads(await slow.rest())

    assert head.startswith("HTTP/1.1 408 ")
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert took < Impatient.request


async def test_an_answer_that_nobody_reads_is_given_up(
    gateway: Gateway, serve: Serve, listen: str, replicas: Pair
) -> None:
    """It would keep its replica from sending, and others from asking."""
    await serve(replace(digits(*replicas), timeout=1))

    async with connected(listen) as deaf:
        deaf.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await deaf.send(get("/api/digits?size=67108864"))
        await until_statistic(gateway, IN_FLIGHT, 1)
        await until_statistic(gateway, IN_FLIGHT, 0)


async def test_a_connection_without_a_request_is_closed(impatient: Gateway, listen: str) -> None:
    async with connected(listen) as one:
        assert await asyncio.wait_for(one.rest(), 10) == b""


async def test_an_answer_outlives_the_patience_with_its_request(
    impatient: Gateway, client: httpx.AsyncClient
) -> None:
    """A stream, and one that says nothing for longer than a caller may."""
    stream, late = await asyncio.gather(
        client.get("/api/digits", params={"stream": 25}),
        client.post("/v1/completions", params={"delay": 2}, json={"model": "digits"}),
    )

    assert stream.text.endswith("data: 24\n\n")
    assert late.status_code == 200


async def _trickle(slow: Connection, piece: bytes) -> str:
    """Send a piece every tenth of a second until there is an answer."""

    async def send() -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await slow.send(piece)
                await asyncio.sleep(0.1)

    sending = asyncio.create_task(send())
    try:
        return (await asyncio.wait_for(slow.rest(), 30)).decode()
    finally:
        sending.cancel()


SLOW = 500


@pytest.mark.alone
async def test_500_slow_connections_do_not_slow_good_callers(
    serve: Serve, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    """Slow in their headers, in their bodies, and before either (slowloris)."""
    await serve(digits(*replicas))
    await _latencies(client, 50)

    alone = await _latencies(client)
    async with _slow(listen, SLOW):
        beside = await _latencies(client)

    print(f"p99 {_p99(alone) * 1e3:.1f} ms alone, {_p99(beside) * 1e3:.1f} ms beside {SLOW} slow")
    assert _p99(beside) < 5 * _p99(alone) + 0.1


async def _latencies(client: httpx.AsyncClient, calls: int = 500) -> list[float]:
    """Seconds of calls, four at a time, all of which must succeed."""

    async def call_often() -> list[float]:
        found = []
        for _ in range(calls // 4):
            answer = await client.post("/api/digits", content=b"x")
            assert answer.status_code == 200
            found.append(answer.elapsed.total_seconds())
        return found

    return [one for part in await asyncio.gather(*(call_often() for _ in range(4))) for one in part]


def _p99(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]


@contextlib.asynccontextmanager
async def _slow(listen: str, count: int) -> AsyncIterator[None]:
    """So many connections that each send a byte every half second."""
    begun = (b"GET /api/digits HTTP/1.1\r\nhost: x\r\nx: ", post("/api/digits", LONG), b"G")
    async with contextlib.AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(connected(listen)) for _ in range(count)]
        for number, one in enumerate(opened):
            await one.send(begun[number % len(begun)])

        async def trickle() -> None:
            while True:
                for one in opened:
                    one.writer.write(b"x")
                await asyncio.sleep(0.5)

        trickling = asyncio.create_task(trickle())
        try:
            yield
            assert not any(one.reader.at_eof() for one in opened)
        finally:
            trickling.cancel()


LONG = "content-length: 100000"
