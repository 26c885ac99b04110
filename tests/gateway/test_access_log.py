from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from argosy.gateway import rotated_log
from argosy.gateway.gateway import Gateway
from argosy.gateway.routing import Route, Routing
from argosy.stack.model import Gateway as Settings
from argosy.stack.model import GatewayLog
from tests.gateway.callers import Locked, bearer
from tests.gateway.conftest import Pair, Replica, Serve, digits
from tests.waiting import eventually

SECRET = "eyJhbGciOiJFZERTQSJ9.secret"


def lines(folder: Path) -> list[dict[str, Any]]:
    """What is in the access log by now; its last line may still be on its way."""
    file = folder / "access.log"
    text = file.read_text() if file.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


async def logged(folder: Path, count: int) -> list[dict[str, Any]]:
    await eventually(lambda: len(lines(folder)) >= count)
    return lines(folder)


def named(replica: Replica) -> dict[str, str]:
    return {replica.address: "digits.r3.1"}


async def test_a_request_is_a_line_that_tells_who_answered_and_how_long_it_took(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, run_folder: Path, replicas: Pair
) -> None:
    await gateway.serve(
        Routing("desk", Settings(listen), (digits(replicas[0]),), names=named(replicas[0]))
    )

    answer = await client.post("/api/digits?delay=0.2", content=b"12345")

    (line,) = await logged(run_folder, 1)
    assert line["model"] == "digits"
    assert line["replica"] == "digits.r3.1"
    assert (line["method"], line["path"]) == ("POST", "/api/digits")
    assert (line["protocol"], line["code"], line["grpc_status"]) == ("HTTP/1.1", 200, None)
    assert (line["bytes_in"], line["bytes_out"]) == (5, len(answer.content))
    assert line["request_id"] == answer.headers["x-request-id"]
    assert (line["attempts"], line["flags"], line["details"]) == (1, "-", "via_upstream")
    assert line["duration_ms"] >= line["first_byte_us"] / 1000 - 1 >= 199
    assert line["client"] == "127.0.0.1"


async def test_what_nobody_answered_has_no_replica_and_what_leads_nowhere_no_model(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, run_folder: Path, replicas: Pair
) -> None:
    away = Route("chat", ())
    here = digits(replicas[0])
    await gateway.serve(Routing("desk", Settings(listen), (here, away), names=named(replicas[0])))

    await client.post("/v1/chat/completions", json={"model": "chat"})
    await client.post("/v1/chat/completions", json={"model": "nobody"})
    await client.get("/nowhere")
    await client.post("/v1/chat/completions", json={"model": "digits"})

    told = [
        [line[what] for what in ("code", "model", "revision", "replica")]
        for line in await logged(run_folder, 4)
    ]
    assert told == [
        [503, "chat", None, None],
        [404, None, None, None],
        [404, None, None, None],
        [200, "digits", "r1", "digits.r3.1"],
    ]


async def test_neither_keys_nor_queries_are_in_it(
    serve: Serve, client: httpx.AsyncClient, run_folder: Path, replicas: Pair
) -> None:
    await serve(digits(replicas[0]))

    headers = {"authorization": f"Bearer {SECRET}", "x-api-key": SECRET}
    await client.get(f"/api/digits?token={SECRET}", headers=headers)
    await client.get(f"/nowhere?token={SECRET}", headers=headers)

    await logged(run_folder, 2)
    assert "secret" not in (run_folder / "access.log").read_text()


async def test_the_id_of_the_callers_key_is_told_and_the_refused_are_too(
    locked: Locked, client: httpx.AsyncClient, run_folder: Path, replicas: Pair
) -> None:
    key = locked.key()
    await locked.serve(digits(replicas[0]))

    assert (await client.get("/api/digits", headers=bearer(key))).status_code == 200
    assert (await client.get("/api/digits", headers={"x-api-key": "wrong"})).status_code == 401

    served, refused = await logged(run_folder, 2)
    assert (served["code"], served["key"]) == (200, "k-000000000000")
    assert (refused["code"], refused["key"], refused["model"]) == (401, None, "digits")
    assert refused["path"] == "/api/digits"
    assert key.rpartition(".")[2] not in (run_folder / "access.log").read_text()


async def test_nobody_says_by_a_header_which_key_or_path_is_told(
    locked: Locked, client: httpx.AsyncClient, run_folder: Path, replicas: Pair
) -> None:
    key = locked.key()
    await locked.serve(digits(replicas[0]))
    forged = {"x-argosy-caller": "k-111111111111", "x-envoy-original-path": "/forged"}

    await client.get("/api/digits", headers=forged)
    await client.get("/health", headers=forged)
    await client.get("/v2/models/digits", headers={**forged, **bearer(key)})
    await client.get("/models/digits/x?y", headers={**forged, **bearer(key)})

    found = await logged(run_folder, 4)
    assert [(line["code"], line["key"], line["path"]) for line in found] == [
        (401, None, "/api/digits"),
        (200, None, "/health"),
        (200, "k-000000000000", "/v2/models/digits"),
        (200, "k-000000000000", "/models/digits/x"),
    ]


async def test_what_a_caller_writes_stays_one_line(
    serve: Serve, client: httpx.AsyncClient, run_folder: Path, replicas: Pair
) -> None:
    await serve(digits(replicas[0]))

    await client.get('/api/"%0a{"}', headers={"x-request-id": 'a"\\b' + "x" * 5000})

    (line,) = await logged(run_folder, 1)
    assert line["path"] == '/api/"%0a{"}'.replace('"', "%22").replace("{", "%7B").replace(
        "}", "%7D"
    )
    assert line["request_id"].startswith('a"\\b')
    assert len(line["request_id"]) == 1000


async def test_a_model_without_replicas_is_named(
    serve: Serve, client: httpx.AsyncClient, run_folder: Path
) -> None:
    await serve(Route("chat", (), "it loads"), Route("digits", (), "it loads"))

    await client.get("/api/chat")
    await client.post("/v1/chat/completions", json={"model": "chat"})
    await client.get("/v2/models/chat")
    await client.get("/health")

    found = await logged(run_folder, 4)
    assert [line["model"] for line in found] == ["chat", "chat", "chat", None]
    assert [line["code"] for line in found] == [503, 503, 503, 200]


async def test_a_caller_that_leaves_and_a_second_attempt_are_told(
    serve: Serve,
    client: httpx.AsyncClient,
    run_folder: Path,
    mortals: Pair,
    silent_death: dict[str, str],
) -> None:
    await serve(digits(*mortals))

    await client.get("/api/digits", params=silent_death)
    with pytest.raises(httpx.ReadTimeout):
        await client.get("/api/digits?delay=5", timeout=0.2)

    again, left = await logged(run_folder, 2)
    assert (again["code"], again["attempts"]) == (200, 2)
    assert (left["code"], left["flags"], left["first_byte_us"]) == (0, "DC", None)


async def test_a_trace_begun_elsewhere_is_told_without_traces_of_ones_own(
    serve: Serve, client: httpx.AsyncClient, run_folder: Path, replicas: Pair
) -> None:
    await serve(digits(replicas[0]))
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"

    await client.get("/api/digits", headers={"traceparent": traceparent})

    (line,) = await logged(run_folder, 1)
    assert line["traceparent"] == traceparent


@pytest.mark.parametrize("access", ["none", "stdout"])
async def test_it_goes_where_the_stack_file_says(
    access: Any,
    gateway: Gateway,
    client: httpx.AsyncClient,
    listen: str,
    run_folder: Path,
    replicas: Pair,
) -> None:
    settings = Settings(listen, log=GatewayLog(access))
    await gateway.serve(Routing("desk", settings, (digits(replicas[0]),)))

    await client.get("/api/digits")
    await gateway.stop(0)  # which writes what Envoy holds

    assert not (run_folder / "access.log").exists()
    assert ('"path":"/api/digits"' in (run_folder / "gateway.log").read_text()) == (
        access == "stdout"
    )


async def test_a_large_log_is_put_aside_and_no_line_is_lost(
    serve: Serve, gateway: Gateway, client: httpx.AsyncClient, run_folder: Path, replicas: Pair
) -> None:
    await serve(digits(replicas[0]))
    for _ in range(3):
        await asyncio.gather(*(client.get("/api/digits") for _ in range(20)))
        await eventually(lambda: lines(run_folder) != [])
        await gateway.rotate_logs(largest_access_log=0)
        await eventually((run_folder / "access.log").exists)
    await gateway.stop(0)

    parts = rotated_log.parts(run_folder / "access.log")
    assert [part.name for part in parts] == [
        "access.log.3", "access.log.2", "access.log.1", "access.log",
    ]  # fmt: skip
    written = [json.loads(line) for part in parts for line in part.read_text().splitlines()]
    assert len({line["request_id"] for line in written}) == len(written) == 60
