"""Web pages that call from a browser: what they are allowed, and that they can read refusals."""

from __future__ import annotations

import httpx
import pytest

from argosy.gateway.gateway import Gateway
from argosy.gateway.routing import Route
from argosy.stack.model import Cors
from tests.gateway.conftest import Pair, digits, routing

APP = "https://app.example.com"
SOME = Cors((APP, "https://*.example.org"), headers=("x-tenant",), credentials=True, max_age=60)


async def _preflight(client: httpx.AsyncClient, origin: str, path: str) -> httpx.Response:
    headers = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,x-stainless-os",
    }
    return await client.options(path, headers=headers)


@pytest.mark.parametrize("path", ["/api/digits", "/v1/chat/completions", "/v2/models/digits/infer"])
async def test_a_preflight_is_answered_by_the_gateway(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair, path: str
) -> None:
    await gateway.serve(routing(listen, digits(*replicas), Route("chat"), cors=SOME))

    for origin in (APP, "https://a.b.example.org"):
        told = await _preflight(client, origin, path)
        assert (told.status_code, told.content) == (200, b"")
        assert told.headers["access-control-allow-origin"] == origin
        assert told.headers["access-control-allow-credentials"] == "true"
        assert told.headers["access-control-max-age"] == "60"
        assert "POST" in told.headers["access-control-allow-methods"]
        assert told.headers["access-control-allow-headers"] == "content-type, x-tenant"


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example.com.evil.net",
        "http://app.example.com",
        "https://example.org",
        "https://evil.net/.example.org",
        "null",
    ],
)
async def test_another_origin_is_told_nothing(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair, origin: str
) -> None:
    await gateway.serve(routing(listen, digits(*replicas), cors=SOME))

    told = await _preflight(client, origin, "/api/digits")
    answer = await client.post("/api/digits", headers={"origin": origin})

    assert told.content == b""
    for one in (told, answer):
        assert "access-control-allow-origin" not in one.headers
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_pages_can_read_answers_and_refusals(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas), Route("chat"), cors=Cors(("*",))))

    told = await _preflight(client, APP, "/api/digits")
    assert told.headers["access-control-allow-headers"] == "authorization,x-stainless-os"
    answered = []
    for path in ("/api/digits", "/api/chat", "/api/nobody", "/nowhere", "/v1/x", "/v2/models/no"):
        answer = await client.post(path, headers={"origin": APP}, json={})
        answered.append(answer.status_code)
        assert answer.headers["access-control-allow-origin"] == APP
        assert "retry-after" in answer.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in answer.headers
    assert answered == [200, 503, 404, 404, 400, 404]


async def test_answers_for_one_origin_are_not_kept_for_another(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas), cors=SOME))
    assert (await client.get("/health")).headers["vary"] == "origin"


async def test_without_being_asked_pages_are_told_nothing(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas)))

    answer = await client.post("/api/digits", headers={"origin": APP})

    assert not [name for name in answer.headers if name.startswith("access-control")]
