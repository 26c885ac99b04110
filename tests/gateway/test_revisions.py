"""Which revision answers: by weight, sticky, by name; and the copies that others get."""

from __future__ import annotations

import asyncio
import itertools
import os

import grpc.aio
import httpx
import pytest

from argosy.gateway.resources.openai import named
from argosy.gateway.resources.revisions import cluster, destination, model_and_kind
from argosy.gateway.routing import Route, Routing, Share
from argosy.stack.model import Gateway
from tests.gateway.conftest import Pair, Serve, digits
from tests.gateway.load import Load

NAMED = "x-argosy-revision"
SESSIONS = 200
WEIGHTS = max(7, int(os.environ.get("ENDURE_SECONDS", "0")))


def _canary(replicas: Pair, weight: int, *, mirrored: float = 0.0) -> Route:
    old = Share(1, (replicas[0].address,), weight=100 - weight)
    new = Share(2, (replicas[1].address,), weight=weight, mirrored=mirrored)
    return Route("digits", (old, new))


@pytest.mark.parametrize("kind", ["http", "grpc", "probes"])
def test_a_cluster_tells_its_model_and_what_it_is_for(kind: str) -> None:
    assert model_and_kind(cluster("a-b", 12, kind)) == ("a-b", kind)  # type: ignore[arg-type]


def test_a_revision_without_replicas_takes_nothing() -> None:
    ready = Share(1, ("unix:/a",), weight=10)
    assert destination(Route("digits", (ready, Share(2, weight=90)))) == {"cluster": "digits.r1"}
    assert destination(Route("digits", (Share(2, ("unix:/a",), weight=0),))) is None


def test_the_newest_comes_first_so_that_a_growing_weight_moves_callers_once() -> None:
    shares = (Share(1, ("unix:/a",), weight=90), Share(2, ("unix:/b",), weight=10))
    chosen = destination(Route("digits", shares))
    assert chosen
    assert chosen["weighted_clusters"]["clusters"] == [
        {"name": "digits.r2", "weight": 10},
        {"name": "digits.r1", "weight": 90},
    ]


def test_of_a_request_that_names_no_revision_nothing_else_is_compared() -> None:
    shares = (Share(1, ("unix:/a",), weight=1), Share(2, ("unix:/b",), weight=1))
    found = named(Routing("desk", Gateway(), (Route("digits", shares),)))
    assert {entry["match"]["headers"][0]["name"] for entry in found} == {NAMED}


async def test_callers_keep_to_their_revision_and_its_share_is_kept(
    serve: Serve, listen: str, replicas: Pair
) -> None:
    """Each of many addresses is a caller. What had moved to the new one stays there as it grows."""
    await serve(_canary(replicas, 10))
    first = await _sessions(listen)
    assert [len(set(answers)) for answers in first] == [1] * SESSIONS
    tenth = {number for number, answers in enumerate(first) if answers[0] == "b"}
    assert 0.03 <= len(tenth) / SESSIONS <= 0.17  # 3 standard deviations around 10 %

    await serve(_canary(replicas, 50))
    second = await _sessions(listen)
    assert [len(set(answers)) for answers in second] == [1] * SESSIONS
    half = {number for number, answers in enumerate(second) if answers[0] == "b"}
    assert tenth <= half
    assert 0.39 <= len(half) / SESSIONS <= 0.61


async def _sessions(listen: str) -> list[list[str]]:
    """What each caller was answered by; below /v1/ too, where the model stands in the body."""
    limit = asyncio.Semaphore(20)

    async def session(number: int) -> list[str]:
        address = f"127.0.{1 + number // 250}.{1 + number % 250}"
        transport = httpx.AsyncHTTPTransport(local_address=address, verify=False)
        async with limit, httpx.AsyncClient(transport=transport, timeout=30) as caller:
            paths = ("api/digits", "v1/x", "v2/models/digits", "api/digits")
            body = {"model": "digits"}
            answers = [await caller.post(f"http://{listen}/{path}", json=body) for path in paths]
        return [answer.json()["replica"] for answer in answers]

    return await asyncio.gather(*(session(number) for number in range(SESSIONS)))


@pytest.mark.parametrize("path", ["/api/digits", "/models/digits/x", "/v1/x", "/v2/models/digits"])
async def test_a_named_revision_answers_whatever_its_weight(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, path: str
) -> None:
    await serve(_canary(replicas, 0))

    for name, replica in (("r1", "a"), ("r2", "b"), (None, "a")):
        headers = {NAMED: name} if name else {}
        answer = await client.post(path, json={"model": "digits"}, headers=headers)
        assert answer.json()["replica"] == replica


async def test_a_revision_that_is_not_published_is_404_in_the_form_of_the_protocol(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    said = f"digits has no such revision. {NAMED} can name: r1."
    await serve(digits(replicas[0]), Route("other"))

    for name in ("r2", "1", "r1x", "", "r1,r2"):
        api = await client.post("/api/digits", headers={NAMED: name})
        openai = await client.post("/v1/x", json={"model": "digits"}, headers={NAMED: name})
        inference = await client.get("/v2/models/digits", headers={NAMED: name})
        assert {api.status_code, openai.status_code, inference.status_code} == {404}
        assert api.headers["content-type"] == "application/problem+json"
        assert (api.json()["detail"], inference.json()) == (said, {"error": said})
        assert openai.json()["error"]["message"] == said
        assert openai.json()["error"]["code"] == "revision_not_found"
    for path in ("/api/digits", "/models/digits/x"):
        assert (await client.post(path, headers={NAMED: "r1"})).status_code == 200


async def test_grpc_reaches_a_named_revision(
    serve: Serve, listen: str, grpc_replicas: Pair
) -> None:
    one, two = (replica.address for replica in grpc_replicas)
    old = Share(1, ("unix:/nobody",), (one,))
    await serve(Route("digits", (old, Share(2, ("unix:/nobody",), (two,), weight=0))))

    async with grpc.aio.insecure_channel(listen) as channel:
        call = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        for name, answer in (("r1", b"a x"), ("r2", b"b x")):
            assert await call(b"x", metadata=[("model", "digits"), (NAMED, name)]) == answer
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call(b"x", metadata=[("model", "digits"), (NAMED, "r3")])
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
    assert "r1, r2" in str(refused.value.details())


async def test_weights_change_under_load_without_a_cost(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    """Seven times; `scripts/endure` goes on."""
    weights = itertools.cycle((10, 50, 90, 100, 50, 0, 30))
    await serve(_canary(replicas, 0))
    async with Load(client) as load:
        for weight in itertools.islice(weights, WEIGHTS):
            await serve(_canary(replicas, weight))
            await load.more()
    assert set(load.statuses) == {200}
