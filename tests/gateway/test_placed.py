"""Paths and hosts that models ask for, and their other names."""

from __future__ import annotations

import grpc.aio
import httpx
import pytest

from argosy.gateway.routing import Route
from tests.gateway.conftest import Pair, Serve, serving


def _route(model: str, address: str, path: str | None, host: str | None = None) -> Route:
    return Route(model, serving(address), path=path, host=host)


async def _reached(client: httpx.AsyncClient, path: str, host: str = "") -> tuple[str, str]:
    answer = await client.post(path, headers={"host": host} if host else {})
    seen = answer.json()
    return seen.get("replica", str(answer.status_code)), seen.get("path", "")


async def test_a_path_leads_to_predict_and_below_it_to_the_replica(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    one, two = (replica.address for replica in replicas)
    await serve(_route("digits", one, "/vision"), _route("text", two, "/vision/text"))

    for path, reached in (
        ("/vision", ("a", "/predict")),
        ("/vision/?x=1", ("a", "/predict?x=1")),
        ("/vision/ready", ("a", "/ready")),
        ("/vision/text", ("b", "/predict")),
        ("/vision/text/a", ("b", "/a")),
        ("/api/digits", ("a", "/predict")),
        ("/models/text/x", ("b", "/x")),
        ("/visionary", ("404", "")),
        ("/Vision", ("404", "")),
    ):
        assert await _reached(client, path) == reached


async def test_an_engine_that_is_a_server_of_its_own_has_its_root_at_its_path(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    address = replicas[0].address
    shares = serving(address, probe_endpoints=(replicas[1].address,))
    await serve(Route("app", shares, path="/app"))

    assert await _reached(client, "/app") == ("a", "/")
    assert await _reached(client, "/app/assets/x.js") == ("a", "/assets/x.js")


async def test_a_host_has_its_model_and_all_else_as_everywhere(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    one, two = (replica.address for replica in replicas)
    await serve(
        _route("app", one, "/", "app.example.com"), _route("digits", two, "/x", "*.api.example.com")
    )

    for path, host, reached in (
        ("/", "app.example.com", ("a", "/predict")),
        ("/health", "APP.example.com:8080", ("a", "/health")),
        ("/api/digits", "app.example.com", ("a", "/api/digits")),
        ("/x", "app.example.com", ("a", "/x")),
        ("/x", "eu.api.example.com", ("b", "/predict")),
        ("/api/app", "eu.api.example.com", ("a", "/predict")),
        ("/x", "elsewhere.com", ("404", "")),
        ("/api/digits", "elsewhere.com", ("b", "/predict")),
    ):
        assert await _reached(client, path, host) == reached


async def test_a_placed_model_without_replicas_is_503_and_an_unknown_revision_404(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(
        Route("chat", (), "it loads", 7, path="/chat"),
        _route("digits", replicas[0].address, "/vision"),
    )

    unready = await client.post("/chat/x")
    unknown = await client.post("/vision/x", headers={"x-argosy-revision": "r2"})

    assert (unready.status_code, unready.headers["retry-after"]) == (503, "7")
    assert (unknown.status_code, unknown.headers["content-type"]) == (
        404,
        "application/problem+json",
    )


@pytest.mark.parametrize(
    ("path", "arrives"),
    [
        ("/api/gpt-4.1", "/predict"),
        ("/models/gpt-4.1/docs", "/docs"),
        ("/v2/models/gpt-4.1", "/v2/models/chat"),
        ("/v2/models/gpt-4.1/infer", "/v2/models/chat/infer"),
        ("/v1/chat/completions", "/v1/chat/completions"),
    ],
)
async def test_an_alias_is_another_name(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, path: str, arrives: str
) -> None:
    chat = Route("chat", serving(replicas[0].address), aliases=("gpt-4.1",))
    await serve(chat, Route("other"))

    answer = await client.post(path, json={"model": "gpt-4.1"}, headers={"x-argosy-alias": "x"})

    assert (answer.json()["replica"], answer.json()["path"]) == ("a", arrives)
    told = answer.json()["headers"].get("x-argosy-alias")
    assert told == ("gpt-4.1" if path.startswith("/v1/") else None)
    elsewhere = path.replace("4.1", "4x1")
    assert (await client.post(elsewhere, json={"model": "gpt-4x1"})).status_code == 404


async def test_aliases_are_listed(serve: Serve, client: httpx.AsyncClient) -> None:
    await serve(Route("chat", aliases=("gpt-4.1",)), Route("other"))

    listing = (await client.get("/v1/models")).json()["data"]

    assert [model["id"] for model in listing] == ["chat", "gpt-4.1", "other"]
    assert (await client.get("/v1/models/gpt-4.1")).json()["id"] == "gpt-4.1"


async def test_grpc_knows_aliases_too(serve: Serve, listen: str, grpc_replicas: Pair) -> None:
    shares = serving("unix:/nobody", grpc_endpoints=(grpc_replicas[0].address,))
    await serve(Route("digits", shares, aliases=("numbers",)), Route("other"))

    async with grpc.aio.insecure_channel(listen) as channel:
        call = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        assert await call(b"x", metadata=[("model", "numbers")]) == b"a x"
        named = [("mm-model-id", "numbers"), ("x-argosy-revision", "r1")]
        assert await call(b"x", metadata=named) == b"a x"
