"""Keys that open nothing any more, and requests made to harm, as the documentation lists them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import httpx

from argosy.gateway.gateway import Gateway
from argosy.gateway.routing import Routing
from argosy.stack.model import Gateway as Settings
from argosy.stack.model import Patience
from tests.gateway.attacks_document import listed
from tests.gateway.callers import Locked, bearer
from tests.gateway.conftest import Pair, digits
from tests.gateway.raw import get, post, told
from tests.gateway.test_attacks import HIDDEN, SMUGGLED

MOST = 1000
HARMFUL = {
    "a header of 70 kB": get("/api/digits", f"x: {'x' * 70_000}"),
    "120 headers": get("/api/digits", *(f"x-{count}: 1" for count in range(120))),
    "a path of 70 kB": get("/api/digits?" + "x" * 70_000),
    "a body that says it is too long": post("/api/digits", f"content-length: {MOST + 1}"),
    "chunks beyond the longest body": post(
        "/api/digits", "transfer-encoding: chunked", body=b"800\r\n" + bytes(2048) + b"\r\n"
    ),
    "headers that do not end": b"GET /api/digits HTTP/1.1\r\nhost: x\r\n",
    "a body that does not come": post("/api/digits", "content-length: 9"),
    "the admin interface's /config_dump": get("/config_dump"),
    "the admin interface's /quitquitquit": post("/quitquitquit", "content-length: 0"),
    "the admin interface's /stats": get("/stats"),
}


async def test_keys_that_are_good_no_more(
    locked: Locked, client: httpx.AsyncClient, replicas: Pair
) -> None:
    tokens = {
        "an expired key": locked.key("digits", expires_at=time.time() - 60),
        "a revoked key": locked.key("digits", name="revoked"),
        "another model's key": locked.key("chat"),
        "a key for the model": locked.key("digits"),
    }
    await locked.serve(digits(replicas[0]))
    await locked.revoke("revoked")

    answers = {
        what: (await client.get("/api/digits", headers=bearer(token))).status_code
        for what, token in tokens.items()
    }

    nothing = (await client.get("/api/digits")).status_code
    assert {"no key": nothing, **answers} == listed("Keys that are good no more")


async def test_requests_made_to_harm(gateway: Gateway, listen: str, replicas: Pair) -> None:
    impatient = Settings(listen, patience=Patience(headers=0.5, request=1.5, silence=0.7))
    route = replace(digits(*replicas), max_body=MOST, timeout=0.7)
    await gateway.serve(Routing("desk", impatient, (route,)))
    sent = {**HARMFUL, **{what: (one + HIDDEN).encode() for what, one in SMUGGLED.items()}}

    answers = await asyncio.gather(*(told(listen, one) for one in sent.values()))

    statuses = [int(answer.split(" ")[1]) for answer in answers]
    assert dict(zip(sent, statuses, strict=True)) == listed("Requests made to harm")
