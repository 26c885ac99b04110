"""Attacks at a real Envoy: keys that nobody gave, and paths to models that a key does not reach."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import time
from typing import Any

import httpx
import pytest

from argosy.gateway.routing import Route
from argosy.stack.model import Rate
from tests.gateway.attacks_document import listed
from tests.gateway.callers import Locked, bearer, claims, forged
from tests.gateway.conftest import Pair, digits, serving


@pytest.fixture
async def guarded(locked: Locked, replicas: Pair) -> Locked:
    """`digits` at the replica ``a``, `chat` at ``b``; there is a key for `chat` alone."""
    locked.key("chat")
    await locked.serve(digits(replicas[0]), Route("chat", serving(replicas[1].address)))
    return locked


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(header: dict[str, Any], said: dict[str, Any]) -> str:
    return ".".join(text(json.dumps(part).encode()) for part in (header, said))


def with_secret(locked: Locked, secret: bytes) -> str:
    """HS256 with what everybody knows of the signing key: the confusion of algorithms."""
    start = unsigned({"alg": "HS256", "typ": "JWT", "kid": locked.public["kid"]}, claims())
    return f"{start}.{text(hmac.new(secret, start.encode(), hashlib.sha256).digest())}"


def tampered(token: str, **changed: Any) -> str:
    header, payload, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return f"{header}.{text(json.dumps({**said, **changed}).encode())}.{signature}"


async def status(client: httpx.AsyncClient, token: str, path: str = "/api/chat") -> int:
    """Of both ways to send it, which are answered alike."""
    answers = [
        await client.get(path, headers=headers) for headers in (bearer(token), {"x-api-key": token})
    ]
    assert answers[0].status_code == answers[1].status_code
    return answers[0].status_code


async def test_a_key_of_nobody_opens_nothing(guarded: Locked, client: httpx.AsyncClient) -> None:
    key_id, public = guarded.public["kid"], guarded.public["x"]
    key = guarded.key("chat")
    own = {"jwk": {**guarded.public}, "alg": "EdDSA"}
    wrong = {
        "another stack's key": forged(claims(iss="argosy:other")),
        "another signing key": forged(claims()),
        "another signing key with our id": forged(claims(), key_id),
        "alg none": unsigned({"alg": "none"}, claims()) + ".",
        "alg None": unsigned({"alg": "None", "kid": key_id}, claims()) + ".",
        "alg none with a signature": unsigned({"alg": "none"}, claims()) + "." + key.split(".")[2],
        "no alg": unsigned({"kid": key_id}, claims()) + ".AAAA",
        "HS256 with x": with_secret(guarded, public.encode()),
        "HS256 with the public key": with_secret(guarded, base64.urlsafe_b64decode(public + "=")),
        "HS256 with the JWK": with_secret(guarded, json.dumps(guarded.public).encode()),
        "a key in its own header": unsigned(own, claims()) + "." + key.split(".")[2],
        "other models": tampered(key, models=["*"]),
        "another id": tampered(key, jti="k-2"),
        "a later end": tampered(key, exp=int(time.time()) + 9999),
        "no signature": key.rpartition(".")[0] + ".",
        "two parts": key.rpartition(".")[0],
        "a cut signature": key[:-8],
        "no part": "..",
        "not a token": "sk-1234567890",
        "a long one": "a" * 6000,
        "binary": text(bytes(range(256))),
        "the id": "k-000000000000",
    }
    answers = {what: await status(client, token) for what, token in wrong.items()}

    assert answers == dict.fromkeys(wrong, 401)
    assert answers == listed("Keys that nobody gave")
    assert await status(client, key) == 200


async def test_a_token_that_names_no_models_reaches_none(
    guarded: Locked, client: httpx.AsyncClient
) -> None:
    """Nobody but the stack can sign one; this is how such a token would fare."""
    others = (
        "",
        " ",
        "Chat",
        "cha",
        "chatt",
        "a-chat chat-b",
        "chat,digits",
        "* *",
        "**",
        "* ",
        " *",
        "ch.t",
    )
    kinds: tuple[Any, ...] = ([], ["chat"], ["*"], {"chat": True}, None, 1, True)
    for scope in (*others, *kinds):
        token = guarded.sign(claims(scope=scope))
        assert await status(client, token) == 403, scope
    nothing = {name: value for name, value in claims().items() if name != "scope"}
    assert await status(client, guarded.sign(nothing)) == 403
    assert await status(client, guarded.sign({**nothing, "models": ["*"]})) == 403
    for scope in ("*", "chat", "digits chat", "chat digits", "a chat b"):
        assert await status(client, guarded.sign(claims(scope=scope))) == 200, scope
    assert await status(client, guarded.sign(claims(nbf=int(time.time()) + 600))) == 401


async def test_two_keys_open_no_more_than_one_of_them(
    guarded: Locked, client: httpx.AsyncClient
) -> None:
    chat, ended = guarded.key("chat"), guarded.key(expires_at=time.time() - 60)
    everything = guarded.key(name="all")
    await guarded.revoke("all")

    for first, second in ((chat, ended), (ended, chat), (chat, "junk"), ("junk", chat)):
        answer = await client.get("/api/chat", headers={**bearer(first), "x-api-key": second})
        assert answer.status_code == 401, "all that is sent must be good"
        doubled = [("authorization", f"Bearer {first}"), ("authorization", f"Bearer {second}")]
        answer = await client.get("/api/digits", headers=doubled)
        assert answer.status_code in {401, 403}
    for first, second in ((chat, everything), (everything, chat)):
        for headers in (
            [("authorization", f"Bearer {first}"), ("x-api-key", second)],
            [("authorization", f"Bearer {first}"), ("authorization", f"Bearer {second}")],
            [("x-api-key", first), ("x-api-key", second)],
        ):
            answer = await client.get("/api/chat", headers=headers)
            assert answer.status_code == 401, "a revoked key is none, whatever is beside it"


async def test_two_good_keys_open_what_both_are_for_and_the_first_pays(
    guarded: Locked, client: httpx.AsyncClient
) -> None:
    chat, everything = guarded.key("chat", rate=Rate(4, 3600)), guarded.key()
    both = guarded.key("digits", "chat", rate=Rate(3, 3600))
    await guarded.tell(guarded.routing)

    for first, second in ((chat, everything), (everything, chat), (chat, both), (both, chat)):
        headers = {**bearer(first), "x-api-key": second}
        assert (await client.get("/api/chat", headers=headers)).status_code == 200
        assert (await client.get("/api/digits", headers=headers)).status_code == 403
    twice = {**bearer(both), "x-api-key": both}
    answers = [(await client.get("/api/digits", headers=twice)).status_code for _ in range(3)]
    assert answers == [200, 200, 429], "one of three was taken by the turn where it came first"
    assert (await client.get("/api/chat", headers=bearer(chat))).status_code == 200
    assert (await client.get("/api/chat", headers=bearer(chat))).status_code == 200
    assert (await client.get("/api/chat", headers=bearer(chat))).status_code == 429


async def test_a_key_in_the_query_a_cookie_or_the_body_is_none(
    guarded: Locked, client: httpx.AsyncClient
) -> None:
    key = guarded.key()

    for name in ("access_token", "key", "api_key", "x-api-key", "authorization"):
        for answer in (
            await client.get("/api/chat", params={name: key}),
            await client.get("/api/chat", headers={"cookie": f"{name}={key}"}),
            await client.post("/api/chat", data={name: key}),
        ):
            assert answer.status_code == 401, name


PATHS = [
    "//api/digits",
    "/api//digits",
    "/api/digits%2f",
    "/api%2fdigits",
    "/api/%64igits",
    "/api/chat/../digits",
    "/api/chat/..%2fdigits",
    "/api/chat%2f..%2fdigits",
    "/api/chat/%2e%2e/digits",
    "/api/chat;/../digits",
    "/API/digits",
    "/api/Digits",
    "/Api/DIGITS",
    "/api/./digits",
    "/api/x/../digits/",
    "/models/chat/../digits/predict",
    "/models/chat/..%2fdigits/predict",
    "/models/chat/%2e%2e/digits/predict",
    "/models/chat//../digits/predict",
    "/models/chat/..\\digits/predict",
    "/models//digits/predict",
    "/models/digits%2fpredict",
    "/v2/models/chat/../digits/infer",
    "/v2/models/chat/%2e%2e/digits/infer",
    "/v2//models/digits/infer",
    "/v2/models/digits%2finfer",
    "/health/../api/digits",
    "/health/..%2fapi/digits",
    "/ready/../models/digits/predict",
    "/health;/../api/digits",
    "/health?/../api/digits",
    "/health#/../../api/digits",
    "/api/digits?model=chat",
    "/api/digits#/health",
    "http://chat/api/digits",
    "http://127.0.0.1/health/../api/digits",
]


async def test_no_path_leads_to_another_model(guarded: Locked, listen: str) -> None:
    """Sent as it stands: HTTP libraries would tidy it up."""
    key = f"authorization: Bearer {guarded.key('chat')}\r\n"
    starts = [f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n" for path in PATHS]

    with_key = await all_sent(listen, [f"{start}{key}" for start in starts])
    without = await all_sent(listen, starts)

    for path, one, other in zip(PATHS, with_key, without, strict=True):
        assert b'"replica": "a"' not in one, path
        assert b'"replica"' not in other, path
    answers = {path: code(answer) for path, answer in zip(PATHS, with_key, strict=True)}
    assert answers == listed("Paths to a model that the key is not for")
    assert 200 in answers.values(), "to its own model"


HEADERS = [
    "x-original-url: /api/digits",
    "x-rewrite-url: /api/digits",
    "x-envoy-original-path: /api/digits",
    "x-envoy-internal: true",
    "x-forwarded-for: 127.0.0.1",
    ":path: /api/digits",
    "connection: authorization, x-api-key",
    "transfer-encoding: chunked",
    "content-length: 5",
    " folded: yes",
    "x-argosy-caller: k-1",
    "x-argosy-scope: *",
    "authorization : Bearer x",
    "x-api-key: junk",
]


async def test_no_header_leads_around(guarded: Locked, listen: str) -> None:
    """Behind each stands a second request, which a smuggler would have taken for part of it."""
    key = f"authorization: Bearer {guarded.key('chat')}\r\n"
    start = "POST /api/chat HTTP/1.1\r\nhost: x\r\n"
    hidden = "0\r\n\r\nGET /api/digits HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    firsts = [f"{start}{header}\r\ncontent-length: 0\r\n" for header in HEADERS]

    with_key = await all_sent(listen, [f"{first}{key}" for first in firsts], hidden)
    without = await all_sent(listen, firsts, hidden)

    for header, one, other in zip(HEADERS, with_key, without, strict=True):
        assert b'"replica": "a"' not in one, header
        assert b'"replica"' not in other, header
        assert b" 200 " not in other, header
    answers = {header: code(answer) for header, answer in zip(HEADERS, with_key, strict=True)}
    assert answers == listed("Headers that lead elsewhere")


async def test_what_a_caller_says_of_its_key_counts_for_nothing(
    guarded: Locked, client: httpx.AsyncClient
) -> None:
    key = guarded.key("chat", name="one")
    revoked = guarded.key(name="two")
    await guarded.revoke("two")
    names = ("x-argosy-scope", "X-Argosy-Scope", "x_argosy_scope", "x-argosy_scope")
    said = [[(name, "*")] for name in names]
    said += [
        [("x-argosy-scope", "*")] * 2,
        [("x-argosy-scope", "digits"), ("connection", "x-api-key")],
    ]
    said += [[("x-argosy-scope", "chat, digits")], [("x-argosy-scope", "chat digits")]]

    for more in said:
        ours = [*bearer(key).items(), *more]
        seen = await client.get("/api/chat", headers=ours)
        assert not [one for one in seen.json()["headers"] if "scope" in one.lower()], more
        assert (await client.get("/api/digits", headers=ours)).status_code == 403, more
        assert (await client.get("/api/digits", headers=more)).status_code == 401, more
        theirs = [*bearer(revoked).items(), *more, ("x-argosy-caller", "k-000000000001")]
        assert (await client.get("/api/chat", headers=theirs)).status_code == 401, more


BODIES = [
    b'{"model": "chat", "model": "digits"}',
    b'{"model": "digits", "model": "chat"}',
    b'{"model": "chat", "\\u006dodel": "digits"}',
    b'{"model": "digits\\u0000"}',
    b'\xef\xbb\xbf{"model": "digits"}',
    b'{"model": ["digits"]}',
    b'{"model": "chat"}{"model": "digits"}',
    b"model=digits",
]


async def test_a_body_names_one_model_at_most(guarded: Locked, client: httpx.AsyncClient) -> None:
    key = bearer(guarded.key("chat"))
    ways = (key, {**key, "model": "digits"}, {**key, "content-type": "text/plain"})

    answers: dict[str, int] = {}
    for body, headers in itertools.product(BODIES, ways):
        answer = await client.post("/v1/chat/completions", content=body, headers=headers)
        shown = body.decode().replace("\ufeff", "BOM ")
        assert answers.setdefault(shown, answer.status_code) == answer.status_code
        if answer.status_code == 200:
            assert answer.json()["replica"] == "b"
    assert answers == listed("Bodies that name another model")


def code(answer: bytes) -> int:
    return int(answer.split()[1])


async def all_sent(listen: str, heads: list[str], rest: str = "") -> list[bytes]:
    """At once: Envoy takes a second to close what it has refused."""
    return await asyncio.gather(*(sent(listen, head, rest) for head in heads))


async def sent(listen: str, head: str, rest: str = "") -> bytes:
    """What is answered to these very bytes, until the end of the connection."""
    host, _, port = listen.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    close = "" if rest else "connection: close\r\n"  # else it is said at the end of the rest
    writer.write(f"{head}{close}\r\n{rest}".encode())
    async with asyncio.timeout(30):
        answer = await reader.read()
    writer.close()
    return answer
