"""The Open Inference Protocol's REST paths through a real Envoy."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from argosy import __version__
from argosy.gateway.routing import Route
from tests.gateway.conftest import Pair, Serve, digits, serving


def refused(answer: httpx.Response, status: int) -> str:
    """The sentence of an answer that has this status, and the protocol's form."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    (error,) = answer.json().values()
    assert set(answer.json()) == {"error"}
    return str(error)


@pytest.mark.parametrize(
    "path",
    [
        "/v2/models/digits",
        "/v2/models/digits/ready",
        "/v2/models/digits/infer?x=%2F",
        "/v2/models/digits/versions/3/infer",
        "/v2/models/digits/generate_stream",
    ],
)
async def test_the_model_in_the_path_is_asked_at_the_same_path(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, path: str
) -> None:
    chat = Route("chat", serving(replicas[1].address))
    await serve(digits(replicas[0]), chat)

    for method in ("GET", "POST"):
        seen = (await client.request(method, path, content=b"\x00binary")).json()
        assert (seen["replica"], seen["method"], seen["path"]) == ("a", method, path)


async def test_the_gateway_is_the_server(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(*replicas))

    about, live, ready = [
        await client.get(path) for path in ("/v2", "/v2/health/live", "/v2/health/ready")
    ]

    assert about.json() == {
        "name": "argosy",
        "version": __version__,
        "extensions": ["binary_tensor_data"],
    }
    assert (live.status_code, live.json()) == (200, {"live": True})
    assert (ready.status_code, ready.json()) == (200, {"ready": True})
    assert {page.headers["content-type"] for page in (about, live, ready)} == {"application/json"}


async def test_it_is_ready_when_every_model_has_a_replica(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(*replicas), Route("chat"))

    live, ready = await client.get("/v2/health/live"), await client.get("/v2/health/ready")

    assert (live.status_code, ready.status_code) == (200, 503)
    assert ready.json() == {"ready": False}
    assert ready.headers["content-type"] == "application/json"


async def test_a_model_without_replicas_is_503_with_the_reason(
    serve: Serve, client: httpx.AsyncClient
) -> None:
    await serve(Route("chat", (), "it loads", 7))

    for path in ("/v2/models/chat", "/v2/models/chat/infer"):
        answer = await client.post(path)
        assert answer.headers["retry-after"] == "7"
        assert refused(answer, 503) == "chat cannot answer now: it loads"


async def test_what_is_not_there_is_404(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(*replicas))

    for path in ("/v2/models/digit/infer", "/v2/models/digitsX", "/v2/models/"):
        error = refused(await client.post(path), 404)
        assert error == "No such model. The models of desk are: digits."
    assert "/v2/health/live" in refused(await client.get("/v2/repository/index"), 404)


async def test_a_replica_that_is_gone_or_silent_is_told_in_the_same_form(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, run_folder: Path
) -> None:
    gone = Route("gone", serving(f"unix:{run_folder}/gone"))
    silent = Route("digits", serving(replicas[0].address), timeout=0.3)
    await serve(gone, silent)

    lost = await client.post("/v2/models/gone/infer")
    cut = await client.post("/v2/models/digits/infer", params={"delay": 5})

    assert refused(lost, 503) == "No connection to a replica could be made."
    assert lost.headers["retry-after"] == "1"
    assert refused(cut, 504) == "Nothing was sent for too long."
