"""What a request and its copy were answered."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import grpc.aio
import httpx

from argosy.gateway.gateway import Gateway
from argosy.gateway.recordings import LARGEST_FILE, LONGEST_BODY, Recordings
from argosy.gateway.routing import Route, Share
from tests.gateway.conftest import Pair, Serve, routing
from tests.gateway.load import Load
from tests.waiting import eventually


def _mirrored(replicas: Pair, fraction: float = 1.0) -> Route:
    primary = Share(1, (replicas[0].address,))
    return Route("digits", (primary, Share(2, (replicas[1].address,), weight=0, mirrored=fraction)))


def _lines(run_folder: Path, model: str = "digits") -> list[dict[str, Any]]:
    file = run_folder / "mirrors" / f"{model}.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


async def _both(run_folder: Path) -> dict[str, dict[str, Any]]:
    """The answers by revision, once there are two."""
    await eventually(lambda: len(_lines(run_folder)) >= 2)
    return {line["revision"]: line for line in _lines(run_folder)}


async def test_both_answers_are_recorded(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, run_folder: Path
) -> None:
    await serve(_mirrored(replicas))

    answer = await client.post("/v1/x", json={"model": "digits"})

    both = await _both(run_folder)
    assert set(both) == {"r1", "r2"}
    assert both["r1"]["body"] == answer.text
    assert json.loads(both["r2"]["body"])["replica"] == "b"
    for one in both.values():
        assert one["id"] == answer.headers["x-request-id"]
        assert (one["model"], one["status"], one["whole"]) == ("digits", 200, True)
        assert one["length"] == len(one["body"])
    assert stat.S_IMODE((run_folder / "mirrors").stat().st_mode) == 0o700


async def test_streams_are_recorded_whole(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, run_folder: Path
) -> None:
    await serve(_mirrored(replicas))
    answer = await client.get("/api/digits", params={"stream": 5})
    both = await _both(run_folder)
    assert both["r1"]["body"] == both["r2"]["body"] == answer.text
    assert both["r2"]["seconds"] > 0.4


async def test_of_a_long_answer_the_beginning_is_kept(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, run_folder: Path
) -> None:
    await serve(_mirrored(replicas))
    answer = await client.get("/api/digits", params={"stream": 1, "large": LONGEST_BODY * 3})
    for one in (await _both(run_folder)).values():
        assert (one["length"], one["whole"]) == (len(answer.content), False)
        assert one["body"] == answer.text[:LONGEST_BODY]


async def test_grpc_is_recorded(
    serve: Serve, listen: str, grpc_replicas: Pair, run_folder: Path
) -> None:
    one, two = (replica.address for replica in grpc_replicas)
    shares = (
        Share(1, ("unix:/nobody",), (one,)),
        Share(2, ("unix:/nobody",), (two,), weight=0, mirrored=1.0),
    )
    await serve(Route("digits", shares))

    async with grpc.aio.insecure_channel(listen) as channel:
        call = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        assert await call(b"x", metadata=[("model", "digits")]) == b"a x"

    both = await _both(run_folder)
    assert both["r1"]["body"].endswith("a x")
    assert both["r2"]["body"].endswith("b x")


async def test_what_was_not_copied_is_not_recorded(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, run_folder: Path
) -> None:
    await serve(_mirrored(replicas, 0.2))
    marked = 0
    for _ in range(100):
        seen = (await client.post("/api/digits")).json()
        marked += "x-argosy-mirror" in seen["headers"]
    await eventually(lambda: len(_lines(run_folder)) == 2 * marked)


async def test_recording_costs_no_request_when_nobody_listens_and_as_it_comes_and_goes(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair, run_folder: Path
) -> None:
    await gateway.serve(routing(listen, _mirrored(replicas)))
    async with Load(client) as load:
        await load.more()
        await gateway.publish(routing(listen, _mirrored(replicas, 0.0)))
        await load.more()
        await gateway.publish(routing(listen, _mirrored(replicas)))
        await gateway.close()
        await load.more()
        await load.more()
    assert set(load.statuses) == {200}


def test_the_file_is_bounded(tmp_path: Path) -> None:
    recordings, line = Recordings(tmp_path), "x" * (1 << 20) + "\n"
    for _ in range(2 * LARGEST_FILE // len(line) + 5):
        recordings._write("digits.r1", line)
    sizes = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
    assert set(sizes) == {"digits.jsonl", "digits.jsonl.1"}
    assert max(sizes.values()) <= LARGEST_FILE
