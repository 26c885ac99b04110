"""OpenAI's paths through a real Envoy: the model is named in the body."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from argosy.gateway.gateway import Gateway
from argosy.gateway.routing import Route
from tests.gateway.conftest import Pair, Replica, Serve, digits, serving

CHAT = "/v1/chat/completions"


def chat(*replicas: Replica, **more: Any) -> Route:
    return Route("chat", serving(*(replica.address for replica in replicas)), **more)


def refused(answer: httpx.Response, status: int, kind: str = "invalid_request_error") -> Any:
    """The error object of an answer that has this status, and OpenAI's form."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == kind
    return error


@pytest.mark.parametrize(
    "path", [CHAT, "/v1/completions", "/v1/embeddings?x=%2F", "/v1/responses", "/v1/rerank"]
)
async def test_the_model_in_the_body_is_asked_at_the_same_path(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, path: str
) -> None:
    await serve(digits(replicas[0]), chat(replicas[1]))

    for model, replica in (("digits", "a"), ("chat", "b")):
        body = json.dumps({"input": ["héllo", {"model": "other"}], "model": model}).encode()
        seen = (await client.post(path, content=body)).json()
        assert (seen["replica"], seen["path"], seen["length"]) == (replica, path, len(body))


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/x-www-form-urlencoded",  # what `curl -d` says
        None,
    ],
)
async def test_any_content_type_is_read_as_json(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, content_type: str
) -> None:
    await serve(digits(replicas[0]), chat(replicas[1]))

    headers = {"content-type": content_type} if content_type else {}
    answer = await client.post(CHAT, content=b'{"model": "chat"}', headers=headers)

    assert answer.json()["replica"] == "b"


async def test_a_large_body_names_its_model_even_at_its_end(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    """Envoy's filters may keep 1 MiB unless told."""
    await serve(digits(replicas[0]), chat(replicas[1]))
    body = b'{"image": "%s", "model": "chat"}' % (b"A" * (16_000_000))

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 100_000):
            yield body[start : start + 100_000]

    for content in (body, chunks()):
        answer = await client.post(CHAT, content=content)
        assert (answer.json()["replica"], answer.json()["length"]) == ("b", len(body))


async def test_a_body_that_is_too_large_is_413(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(chat(*replicas))

    body = b'{"model": "chat", "image": "%s"}' % (b"A" * (17 << 20))

    assert "Too Large" in refused(await client.post(CHAT, content=body), 413)["message"]


async def test_an_undeclared_model_is_404_and_the_declared_are_named(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    for routes in ([chat(*replicas)], [chat(*replicas), digits(*replicas)]):
        await serve(*routes)
        for model in ("chat2", "Chat", "", 7):
            error = refused(await client.post(CHAT, json={"model": model}), 404)
            names = ", ".join(route.model for route in routes)
            assert error == {
                "message": f"No such model. The models of desk are: {names}.",
                "type": "invalid_request_error",
                "param": "model",
                "code": "model_not_found",
            }


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{}", "names no model"),
        (b'{"model": null}', "names no model"),
        (b'{"model": {"name": "chat"}}', "names no model"),
        (b'["model", "chat"]', "names no model"),
        (b"", "names no model"),
        (b"model=chat", "no JSON"),
        (b'{"model": "chat"', "no JSON"),
        (b'{"model": "chat", "x": %s}' % (b"[" * 500_000 + b"]" * 500_000), "no JSON"),
    ],
)
async def test_what_names_no_model_is_400_among_several_and_goes_to_an_only_one(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, body: bytes, says: str
) -> None:
    await serve(chat(replicas[0]), digits(replicas[1]))
    error = refused(await client.post(CHAT, content=body), 400)
    assert says in error["message"]
    assert (error["param"], error["code"]) == ("model", "model_not_found")

    await serve(chat(replicas[0]))
    seen = (await client.post(CHAT, content=body)).json()
    assert (seen["replica"], seen["path"], seen["length"]) == ("a", CHAT, len(body))


async def test_a_model_without_replicas_is_503_with_the_reason(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    waiting = Route("chat", (), 'loading "big\\one" 100% of %REQ(:path)% é', 7)
    await serve(digits(*replicas), waiting)

    answer = await client.post(CHAT, json={"model": "chat"})

    assert answer.headers["retry-after"] == "7"
    assert refused(answer, 503, "server_error") == {
        "message": 'chat cannot answer now: loading "big\\one" 100% of %REQ(:path)% é',
        "type": "server_error",
        "param": "model",
        "code": "model_not_ready",
    }


async def test_the_models_are_listed(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(*replicas), Route("chat", created=1_700_000_000))
    models = [
        {"id": "digits", "object": "model", "created": 0, "owned_by": "desk"},
        {"id": "chat", "object": "model", "created": 1_700_000_000, "owned_by": "desk"},
    ]

    listing = await client.get("/v1/models")

    assert listing.json() == {"object": "list", "data": models}
    assert listing.headers["content-type"] == "application/json"
    for model in models:
        assert (await client.get(f"/v1/models/{model['id']}")).json() == model
    assert "digits, chat" in refused(await client.get("/v1/models/chat2"), 404)["message"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", CHAT), ("DELETE", "/v1/models/chat"), ("PUT", "/v1/x")]
)
async def test_what_is_not_posted_leads_nowhere(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, method: str, path: str
) -> None:
    await serve(chat(*replicas))

    answer = await client.request(method, path, json={"model": "chat"})

    assert refused(answer, 404)["code"] == "not_found"


@pytest.mark.alone
async def test_events_arrive_as_they_are_sent_for_longer_than_the_timeout(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(*replicas), chat(*replicas, timeout=1))

    began = time.monotonic()
    async with client.stream("POST", f"{CHAT}?stream=20", json={"model": "chat"}) as answer:
        arrivals = [time.monotonic() - began async for _ in answer.aiter_bytes()]

    assert arrivals[0] < 1
    assert arrivals[-1] > 1.8


async def test_a_silent_model_is_504(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(chat(*replicas, timeout=0.3))

    answer = await client.post(CHAT, params={"delay": 5}, json={"model": "chat"})

    assert refused(answer, 504, "server_error")["message"] == "Nothing was sent for too long."


async def test_a_request_whose_replica_dies_silent_is_answered_by_another(
    serve: Serve, client: httpx.AsyncClient, mortals: Pair, silent_death: dict[str, str]
) -> None:
    await serve(chat(*mortals))
    body = b'{"model": "chat", "image": "%s"}' % (b"A" * (10 << 20))

    answer = await client.post(CHAT, params=silent_death, content=body)

    assert answer.json()["length"] == len(body)
    assert Path(silent_death["once"]).exists()


async def test_the_only_replica_being_gone_is_503(
    serve: Serve, client: httpx.AsyncClient, run_folder: Path
) -> None:
    await serve(Route("chat", serving(f"unix:{run_folder}/gone")))

    answer = await client.post(CHAT, json={"model": "chat"})

    assert answer.headers["retry-after"] == "1"
    assert refused(answer, 503, "server_error") == {
        "message": "No connection to a replica could be made.",
        "type": "server_error",
        "param": None,
        "code": None,
    }


async def test_bodies_of_other_paths_are_neither_read_nor_kept(
    gateway: Gateway, serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    """A filter that a route turns on must not run on the others: they would wait for the body."""
    await serve(chat(replicas[0]), digits(replicas[1]))

    for path in ("/api/digits", "/models/digits/v1/chat/completions"):
        body = b'{"model": "chat", "x": "%s"}' % (b"A" * (17 << 20))
        answer = await client.post(path, content=body)
        assert (answer.json()["replica"], answer.json()["length"]) == ("b", len(body))

    assert "json_to_metadata" not in await gateway.stats()
    await client.post(CHAT, json={"model": "chat"})
    assert "json_to_metadata" in await gateway.stats()
