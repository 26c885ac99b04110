"""Keys at a real Envoy: who gets through, and what is said to all others."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import grpc
import grpc.aio
import httpx
import pytest
from openai import AsyncOpenAI, AuthenticationError, PermissionDeniedError
from tritonclient.grpc import InferenceServerClient
from tritonclient.utils import InferenceServerException

from argosy.gateway.gateway import Gateway
from argosy.gateway.resources.authentication import guarded
from argosy.gateway.routing import Route
from argosy.stack.model import Limits, Rate
from tests.gateway.callers import Locked, bearer
from tests.gateway.conftest import Pair, digits, serving

INFER = "/inference.GRPCInferenceService/ModelInfer"
OPENAI, OPEN_INFERENCE, PROBLEM = "OpenAI's", "the Open Inference Protocol's", "problem+json"


@pytest.fixture
def routes(replicas: Pair) -> tuple[Route, Route]:
    """`digits` at the replica ``a``, `chat` at ``b``."""
    return digits(replicas[0]), Route("chat", serving(replicas[1].address))


@pytest.fixture
async def channel(listen: str) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(listen) as made:
        yield made


@pytest.fixture
def triton(listen: str) -> Iterator[InferenceServerClient]:
    made = InferenceServerClient(listen)
    yield made
    made.close()


def said(answer: httpx.Response, form: str) -> str:
    """The sentence of an error, which has the form of its protocol."""
    body = answer.json()
    if form == OPENAI:
        assert set(body) == {"error"}
        assert set(body["error"]) == {"message", "type", "param", "code"}
        assert body["error"]["type"] == "invalid_request_error"
        code = {401: "invalid_api_key", 403: "insufficient_permissions"}[answer.status_code]
        assert body["error"]["code"] == code
        return str(body["error"]["message"])
    if form == OPEN_INFERENCE:
        assert set(body) == {"error"}
        return str(body["error"])
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == answer.status_code
    return str(body["detail"])


async def test_a_key_opens_every_protocol(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route]
) -> None:
    key = locked.key()
    await locked.serve(*routes)

    for headers in (bearer(key), {"authorization": f"bearer {key}"}, {"x-api-key": key}):
        for path in ("/api/digits", "/models/digits/docs", "/v2/models/digits/infer"):
            assert (await client.post(path, headers=headers)).json()["replica"] == "a"
        answer = await client.post("/v1/embeddings", json={"model": "chat"}, headers=headers)
        assert answer.json()["replica"] == "b"
        for path in ("/", "/v1/models", "/v1/models/digits", "/v2", "/v2/health/live"):
            assert (await client.get(path, headers=headers)).status_code == 200


CLOSED = [
    ("/", PROBLEM),
    ("/api/digits", PROBLEM),
    ("/api/nobody", PROBLEM),
    ("/models/digits/health", PROBLEM),
    ("/nowhere", PROBLEM),
    ("/healthz", PROBLEM),
    ("/health/", PROBLEM),
    ("/v1/models", OPENAI),
    ("/v1/chat/completions", OPENAI),
    ("/v2", OPEN_INFERENCE),
    ("/v2/health/ready", OPEN_INFERENCE),
    ("/v2/models/digits/infer", OPEN_INFERENCE),
]


async def test_without_a_key_nothing_is_told_in_the_form_of_the_protocol(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route]
) -> None:
    await locked.serve(*routes)

    for (path, form), method in itertools.product(CLOSED, ("GET", "POST", "PUT", "OPTIONS")):
        answer = await client.request(method, path, content=b'{"model": "chat"}')
        assert answer.status_code == 401, (method, path)
        assert answer.headers["www-authenticate"] == "Bearer"
        assert said(answer, form).startswith("No key was sent. Send one as `Authorization:")


async def test_only_health_and_readiness_need_no_key(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route]
) -> None:
    await locked.serve(*routes)

    for path in ("/health", "/ready", "/health?x=1"):
        assert (await client.get(path)).status_code == 200


async def test_a_key_reaches_only_its_models(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route]
) -> None:
    key = bearer(locked.key("chat", "waiting"))
    await locked.serve(*routes, Route("waiting"), Route("hidden"))

    assert (await client.post("/api/chat", headers=key)).json()["replica"] == "b"
    assert (await client.post("/api/waiting", headers=key)).status_code == 503
    refused = [
        ("/api/digits", None, PROBLEM),
        ("/api/digits/", None, PROBLEM),
        ("/models/digits/metrics", None, PROBLEM),
        ("/api/hidden", None, PROBLEM),
        ("/v2/models/digits/infer", None, OPEN_INFERENCE),
        ("/v1/chat/completions", {"model": "digits"}, OPENAI),
        ("/v1/chat/completions", {"model": "hidden"}, OPENAI),
    ]
    for path, body, form in refused:
        answer = await client.post(path, headers=key, json=body)
        assert answer.status_code == 403, path
        assert said(answer, form) == "The key is not for this model."


async def test_grpc_is_refused_by_its_status(
    locked: Locked, channel: grpc.aio.Channel, grpc_replicas: Pair
) -> None:
    key, ended = locked.key("chat"), locked.key(expires_at=time.time() - 60)
    addresses = tuple(replica.address for replica in grpc_replicas)
    await locked.serve(
        *(Route(name, serving(grpc_endpoints=addresses)) for name in ("digits", "chat"))
    )

    async def status(model: str, *sent: tuple[str, str]) -> tuple[grpc.StatusCode, str]:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await channel.unary_unary(INFER)(b"", metadata=[("model", model), *sent])
        return caught.value.code(), caught.value.details()

    good = ("authorization", f"Bearer {key}")
    answer = await channel.unary_unary(INFER)(b"x", metadata=[("model", "chat"), good])
    assert answer[2:] == b"x"
    code, text = await status("chat")
    assert (code, text[:16]) == (grpc.StatusCode.UNAUTHENTICATED, "No key was sent.")
    wrong = (grpc.StatusCode.PERMISSION_DENIED, "The key is not for this model.")
    assert await status("digits", good) == wrong
    assert await status("digits", good, ("mm-model-id", "chat")) == wrong
    expired = (grpc.StatusCode.UNAUTHENTICATED, "The key has expired.")
    assert await status("chat", ("x-api-key", ended)) == expired


@pytest.mark.alone
async def test_a_revoked_key_is_refused_at_once_on_connections_that_are_open(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route]
) -> None:
    """A changed listener would leave connections as they were: this must be said by the routes."""
    key, other = locked.key(name="ci"), locked.key(name="other")
    await locked.serve(*routes)
    async with httpx.AsyncClient(base_url=client.base_url, trust_env=False) as one:
        for _ in range(3):
            assert (await one.get("/api/chat", headers=bearer(key))).status_code == 200

        began = time.monotonic()
        await locked.revoke("ci")
        answer = await one.get("/api/chat", headers=bearer(key))

        assert time.monotonic() - began < 1
        assert (answer.status_code, said(answer, PROBLEM)) == (401, "The key has been revoked.")
        assert (await one.get("/api/chat", headers=bearer(other))).status_code == 200
        listing = await one.get("/v1/models", headers=bearer(key))
        assert (listing.status_code, said(listing, OPENAI)) == (401, "The key has been revoked.")
        await locked.revoke("other")
        assert (await one.get("/api/chat", headers=bearer(other))).status_code == 401
        assert (await one.get("/api/chat", headers=bearer(key))).status_code == 401


async def test_of_thousands_of_revoked_keys_each_is_refused(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route]
) -> None:
    good = locked.key()
    tokens = [locked.key(name="old") for _ in range(5000)]
    await locked.serve(*routes)
    await locked.revoke("old")

    for token in (tokens[0], tokens[499], tokens[500], tokens[2600], tokens[-1]):
        assert (await client.get("/api/chat", headers=bearer(token))).status_code == 401
    assert (await client.get("/api/chat", headers=bearer(good))).status_code == 200


async def test_a_key_ends_when_it_says_so(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route]
) -> None:
    key = locked.key(expires_at=time.time() + 2)
    await locked.serve(*routes)
    assert (await client.get("/api/chat", headers=bearer(key))).status_code == 200

    async with asyncio.timeout(30):
        while (answer := await client.get("/api/chat", headers=bearer(key))).status_code == 200:
            pass

    assert (answer.status_code, said(answer, PROBLEM)) == (401, "The key has expired.")


async def test_keys_that_begin_to_be_needed_are_needed_on_connections_that_are_open(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route]
) -> None:
    key = locked.key()
    settings = replace(locked.routing.gateway, keys="none")
    await locked.tell(replace(locked.routing, routes=routes, gateway=settings))
    assert (await client.get("/api/chat")).status_code == 200

    await locked.tell(replace(locked.routing, gateway=replace(settings, keys="required")))

    assert (await client.get("/api/chat")).status_code == 401
    assert (await client.get("/api/chat", headers=bearer(key))).status_code == 200


async def test_replicas_see_no_key_and_learn_whose_turn_it_is(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route]
) -> None:
    key = locked.key()
    await locked.serve(*routes)

    for sent in (
        bearer(key),
        {"x-api-key": key},
        {**bearer(key), "x-api-key": key},
        {"x-api-key": key, "authorization": "Basic c2VjcmV0"},
    ):
        headers = {**sent, "x-argosy-caller": "somebody else"}
        seen = (await client.post("/api/chat", headers=headers)).json()["headers"]
        assert not {"authorization", "x-api-key"} & set(seen)
        assert seen["x-argosy-caller"] == "k-000000000000"
        assert key not in str(seen)


async def test_where_keys_are_not_needed_a_model_may_have_its_own(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route]
) -> None:
    settings = replace(locked.routing.gateway, keys="none")
    await locked.tell(replace(locked.routing, routes=routes, gateway=settings))

    said = {"x-argosy-caller": "me", "x-argosy-scope": "*"}
    answer = await client.post("/api/chat", headers={**bearer("own"), **said})

    assert "x-argosy-scope" not in answer.json()["headers"]
    assert answer.json()["headers"]["authorization"] == "Bearer own"
    assert answer.json()["headers"]["x-argosy-caller"] == "127.0.0.1"


async def test_no_key_is_in_envoy_s_log_or_its_configuration(
    locked: Locked, gateway: Gateway, client: httpx.AsyncClient, routes: tuple[Route, Route]
) -> None:
    good, ended = locked.key(), locked.key(expires_at=time.time() - 60)
    await locked.serve(*routes)
    for key in (good, ended):
        for path in ("/api/chat", "/v1/models", "/nowhere", "/models/chat/x?delay=0"):
            await client.get(path, headers=bearer(key))
            await client.get(path, headers={"x-api-key": key})
    await locked.revoke("ci")

    admin = httpx.AsyncHTTPTransport(uds=str(locked.folder / "admin.sock"))
    async with httpx.AsyncClient(transport=admin) as envoy:
        dumps = [
            (await envoy.get(f"http://envoy/{what}")).text for what in ("config_dump", "stats")
        ]
    files = [file.read_text() for file in locked.folder.iterdir() if file.is_file()]

    assert "jwt_authn" in dumps[0]
    for key in (good, ended):
        signature = key.rpartition(".")[2]
        assert all(signature not in text for text in (*dumps, *files))


async def test_openai_s_client_is_told_in_its_own_errors(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route], listen: str
) -> None:
    key = locked.key("chat")
    await locked.serve(*routes)

    async def models(token: str) -> list[str]:
        async with AsyncOpenAI(
            base_url=f"http://{listen}/v1", api_key=token, max_retries=0
        ) as openai:
            listed = [model.id async for model in openai.models.list()]
            with pytest.raises(PermissionDeniedError, match="not for this model"):
                await openai.embeddings.create(model="digits", input="x")
            return listed

    assert await models(key) == ["digits", "chat"]
    with pytest.raises(AuthenticationError, match="not a key of this stack") as caught:
        await models("sk-somebody-else-s")
    assert caught.value.code == "invalid_api_key"


async def test_triton_s_client_sends_a_key_as_metadata(
    locked: Locked, triton: InferenceServerClient, grpc_replicas: Pair
) -> None:
    """The replica is an echo: what matters is whether it is reached."""
    key = locked.key("digits")
    addresses = tuple(replica.address for replica in grpc_replicas)
    await locked.serve(Route("digits", serving(grpc_endpoints=addresses)))

    def status(**headers: str) -> str:
        try:
            triton.is_server_live(headers={"model": "digits", **headers})
        except InferenceServerException as error:
            return str(error.status())
        return "answered"

    assert await asyncio.to_thread(status) == "StatusCode.UNAUTHENTICATED"
    sent: dict[str, Any] = {"authorization": f"Bearer {key}"}
    reached = await asyncio.to_thread(status, **sent)
    assert reached == "StatusCode.INTERNAL"  # an echo, which Triton cannot read


def test_an_entry_that_leads_to_a_replica_must_say_to_which_model(locked: Locked) -> None:
    entry = {"match": {"prefix": "/x"}, "route": {"cluster": "digits"}}
    table = {"virtual_hosts": [{"routes": [entry]}]}

    with pytest.raises(AssertionError, match="says to which model"):
        guarded(table, locked.routing)


async def test_who_tries_keys_is_counted_for_its_address(
    locked: Locked, client: httpx.AsyncClient, routes: tuple[Route, Route]
) -> None:
    limited = replace(locked.routing.gateway, limits=Limits(per_address=Rate(3, 3600)))
    await locked.tell(replace(locked.routing, routes=routes, gateway=limited))

    answers = [await client.post("/api/digits", headers=bearer("guess")) for _ in range(5)]

    assert [one.status_code for one in answers] == [401, 401, 401, 429, 429]
