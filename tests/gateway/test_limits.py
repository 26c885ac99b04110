"""Limits that Envoy counts itself, with the real one."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import grpc
import grpc.aio
import httpx
import pytest

from argosy.gateway.gateway import Gateway
from argosy.gateway.resources.listener import listeners
from argosy.gateway.routing import Route, Routing
from argosy.keys.key import Key
from argosy.stack.model import Gateway as Settings
from argosy.stack.model import Limits, ModelLimits, Rate
from tests.gateway.conftest import Begin, Pair, digits, serving
from tests.gateway.load import Load

HOURLY = Rate(5, 3600)


async def test_of_fifty_requests_of_an_address_a_burst_goes_on(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(limited(listen, digits(*replicas), Limits(per_address=HOURLY)))

    answers = await asyncio.gather(*(client.post("/api/digits") for _ in range(50)))

    assert Counter(one.status_code for one in answers) == {200: 5, 429: 45}
    refused = next(one for one in answers if one.status_code == 429)
    told = {name: refused.headers[name] for name in refused.headers if "ratelimit" in name}
    assert told == {
        "x-ratelimit-limit": "5",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": refused.headers["retry-after"],
    }
    assert 600 < int(refused.headers["retry-after"]) <= 720  # one comes back in 12 minutes


async def test_an_address_that_a_caller_claims_does_not_count(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(limited(listen, digits(*replicas), Limits(per_address=HOURLY)))

    claims = [
        {"x-forwarded-for": f"10.0.0.{number}", "x-envoy-external-address": f"10.0.0.{number}"}
        for number in range(8)
    ]
    answers = [await client.post("/api/digits", headers=one) for one in claims]

    assert [one.status_code for one in answers] == [200] * 5 + [429] * 3


async def test_each_answer_tells_what_is_left(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(limited(listen, digits(*replicas), Limits(per_address=HOURLY)))

    answers = [await client.post("/api/digits") for _ in range(5)]

    left = [one.headers["x-ratelimit-remaining"] for one in answers]
    assert left == ["4", "3", "2", "1", "0"]
    assert answers[0].headers["x-ratelimit-reset"] == "0"
    assert 600 < int(answers[4].headers["x-ratelimit-reset"]) <= 720


async def test_health_is_told_to_whoever_is_over_the_limit(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(limited(listen, digits(*replicas), Limits(per_address=Rate(1, 3600))))

    paths = ["/", "/", "/health", "/ready"]

    assert [(await client.get(path)).status_code for path in paths] == [200, 429, 200, 200]


async def test_paths_of_a_model_share_its_limit_and_another_model_has_none(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    route = replace(digits(*replicas), limits=ModelLimits(Rate(3, 3600)))
    await gateway.serve(limited(listen, route, other=replace(digits(*replicas), model="free")))
    paths = ["/api/digits", "/models/digits/x", "/v1/chat/completions", "/v2/models/digits"]

    statuses = [(await client.post(path, json={"model": "digits"})).status_code for path in paths]

    assert statuses == [200, 200, 200, 429]
    assert (await client.post("/api/free")).status_code == 200


async def test_a_changed_route_table_fills_no_bucket(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    first, second = replicas
    limits = ModelLimits(Rate(2, 3600))
    await gateway.serve(limited(listen, replace(digits(first), limits=limits)))
    assert [(await client.post("/api/digits")).status_code for _ in range(3)] == [200, 200, 429]

    more = replace(digits(second), model="more")
    await gateway.publish(limited(listen, replace(digits(second), limits=limits), other=more))

    assert (await client.post("/api/more")).status_code == 200
    assert (await client.post("/api/digits")).status_code == 429


async def test_limits_that_change_cost_no_request(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    route = digits(*replicas)
    await gateway.serve(limited(listen, route))

    async with Load(client) as load:
        for count in range(1, 9):
            limits = Limits(per_address=Rate(10_000_000 * count))
            await gateway.publish(limited(listen, route, limits))
            await load.more()

    assert set(load.statuses) == {200}


async def test_a_refusal_has_the_form_of_its_protocol(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    route = replace(digits(*replicas), limits=ModelLimits(Rate(1, 3600)))
    await gateway.serve(limited(listen, route))
    await client.post("/api/digits")

    problem = await client.post("/api/digits")
    openai = await client.post("/v1/embeddings", json={"model": "digits"})
    inference = await client.get("/v2/models/digits")

    wait = problem.headers["retry-after"]
    words = f"Too many requests: over the limit models.digits.limits.rate. Try again in {wait} s."
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["detail"] == words
    assert openai.json()["error"] == {
        "message": words,
        "type": "requests",
        "param": None,
        "code": "rate_limit_exceeded",
    }
    assert inference.json() == {"error": words}
    assert {one.headers["x-argosy-limit"] for one in (problem, openai, inference)} == {
        "models.digits.limits.rate"
    }


async def test_a_grpc_call_over_the_limit_is_told_that_a_resource_is_exhausted(
    gateway: Gateway, listen: str, grpc_replicas: Pair
) -> None:
    addresses = tuple(one.address for one in grpc_replicas)
    route = Route("digits", serving("unix:/nobody", grpc_endpoints=addresses))
    await gateway.serve(limited(listen, replace(route, limits=ModelLimits(Rate(1, 3600)))))

    async with grpc.aio.insecure_channel(listen) as channel:
        infer = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        await infer(b"hi", timeout=30)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await infer(b"hi", timeout=30)

    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "over the limit models.digits.limits.rate" in str(refused.value.details())


async def test_keys_are_limited_each_by_itself(begin: Begin, listen: str, replicas: Pair) -> None:
    envoy = await begin(limited(listen, digits(*replicas), Limits(per_key=HOURLY)))

    async with httpx.AsyncClient(base_url=envoy.url, timeout=30) as client:
        asked = [_with(client, key) for _ in range(20) for key in ("one", "two")]
        answers = await asyncio.gather(*asked)
        keyless = [(await client.post("/api/digits")).status_code for _ in range(9)]

    passed = Counter(one.request.headers["x-key"] for one in answers if one.status_code == 200)
    assert passed == {"one": 5, "two": 5}
    assert {one.headers["x-ratelimit-limit"] for one in answers} == {"5"}
    assert set(keyless) == {200}


async def test_a_key_may_have_a_rate_of_its_own(begin: Begin, listen: str, replicas: Pair) -> None:
    keys = (
        Key("generous", "ci", rate=Rate(8, 3600)),
        Key("strict", "ci", rate=Rate(100, 3600, burst=2)),
    )
    wanted = limited(listen, digits(*replicas), Limits(per_key=HOURLY))
    envoy = await begin(replace(wanted, keys=keys))

    async with httpx.AsyncClient(base_url=envoy.url, timeout=30) as client:
        passed = {
            key: [(await _with(client, key)).status_code for _ in range(12)].count(200)
            for key in ("generous", "strict", "other")
        }

    assert passed == {"generous": 8, "strict": 2, "other": 5}


async def test_a_bucket_stays_when_more_keys_come_than_envoy_keeps_by_itself(
    begin: Begin, listen: str, replicas: Pair
) -> None:
    envoy = await begin(limited(listen, digits(*replicas), Limits(per_key=Rate(1, 3600))))
    names = [f"key-{number}" for number in range(100)]

    async with httpx.AsyncClient(base_url=envoy.url, timeout=30) as client:
        first = [(await _with(client, name)).status_code for name in names]
        second = [(await _with(client, name)).status_code for name in names]

    assert set(first) == {200}
    assert set(second) == {429}


async def test_requests_come_back_at_the_rate(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(limited(listen, digits(*replicas), Limits(per_address=Rate(2, 1, 1))))
    assert [(await client.post("/api/digits")).status_code for _ in range(2)] == [200, 429]

    async with asyncio.timeout(20):
        while (await client.post("/api/digits")).status_code == 429:
            pass


async def test_what_a_key_is_refused_does_not_use_up_the_model(
    begin: Begin, listen: str, replicas: Pair
) -> None:
    route = replace(digits(*replicas), limits=ModelLimits(Rate(8, 3600)))
    envoy = await begin(limited(listen, route, Limits(per_key=HOURLY)))

    async with httpx.AsyncClient(base_url=envoy.url, timeout=30) as client:
        greedy = [await _with(client, "greedy") for _ in range(30)]
        others = [await _with(client, f"other-{n}") for n in range(4)]

    assert [one.status_code for one in greedy].count(200) == 5
    assert {one.headers.get("x-argosy-limit") for one in greedy} == {
        None,
        "gateway.limits.per_key",
    }
    assert [one.status_code for one in others] == [200, 200, 200, 429]
    # On success a caller hears of its own limit, and of the model's once that refuses.
    assert [one.headers["x-ratelimit-limit"] for one in others] == ["5", "5", "5", "8"]
    assert others[3].headers["x-ratelimit-remaining"] == "0"
    assert others[3].headers["x-argosy-limit"] == "models.digits.limits.rate"


async def test_an_answer_tells_of_one_limit_the_one_that_refused_or_the_nearest_to_the_model(
    begin: Begin, listen: str, replicas: Pair
) -> None:
    route = replace(digits(*replicas), limits=ModelLimits(Rate(3, 3600)))
    limits = Limits(per_key=HOURLY, per_address=Rate(7, 3600))
    envoy = await begin(limited(listen, route, limits))

    async with httpx.AsyncClient(base_url=envoy.url, timeout=30) as client:
        told = {
            "of the key": await _with(client, "one"),
            "of the address": await client.get("/nowhere"),
            "of the model, without a key": await client.post("/api/digits"),
        }
        await _with(client, "one")
        told["of the model, which refuses"] = await _with(client, "one")
        told["of the address again"] = await client.post("/v1/embeddings", json={"model": "none"})
        await client.get("/nowhere")
        told["of the address, which refuses"] = await _with(client, "one")

    reset = told["of the model, which refuses"].headers["retry-after"]
    last = told["of the address, which refuses"].headers["retry-after"]
    assert {what: _told(answer) for what, answer in told.items()} == {
        "of the key": (200, ["5"], ["4"], ["0"]),
        "of the address": (404, ["7"], ["5"], ["0"]),
        "of the model, without a key": (200, ["7"], ["4"], ["0"]),
        "of the model, which refuses": (429, ["3"], ["0"], [reset]),
        "of the address again": (404, ["7"], ["1"], ["0"]),
        "of the address, which refuses": (429, ["7"], ["0"], [last]),
    }


async def test_a_model_tells_of_its_limit_where_no_key_has_one(
    begin: Begin, listen: str, replicas: Pair
) -> None:
    route = replace(digits(*replicas), limits=ModelLimits(Rate(1, 3600)))
    envoy = await begin(limited(listen, route, Limits(per_address=HOURLY)))

    async with httpx.AsyncClient(base_url=envoy.url, timeout=30) as client:
        answers = [await _with(client, "one") for _ in range(2)]

    wait = answers[1].headers["retry-after"]
    assert _told(answers[0]) == (
        200,
        ["1"],
        ["0"],
        answers[0].headers.get_list("x-ratelimit-reset"),
    )
    assert _told(answers[1]) == (429, ["1"], ["0"], [wait])


def test_without_limits_no_filter_counts() -> None:
    assert not [name for name in _filters(Routing("desk", Settings())) if "limit" in name]


def test_keys_are_added_without_a_change_of_the_filter() -> None:
    wanted = Routing("desk", Settings(limits=Limits(per_key=HOURLY)))
    many = replace(wanted, keys=tuple(Key(str(number), "ci") for number in range(400)))

    assert listeners(many) == listeners(wanted)
    (counts,) = (
        one["typed_config"]["value"]
        for name, one in _filters(replace(many, keys=many.keys * 10)).items()
        if name.endswith("local_ratelimit.key")
    )
    assert counts["max_dynamic_descriptors"] == 8192


def limited(
    listen: str, route: Route, limits: Limits | None = None, other: Route | None = None
) -> Routing:
    routes = (route, other) if other else (route,)
    return Routing("desk", Settings(listen, limits=limits or Limits()), routes)


def _told(answer: httpx.Response) -> tuple[int, list[str], list[str], list[str]]:
    """The status, and all headers of each name."""
    size, left, reset = (
        answer.headers.get_list(f"x-ratelimit-{name}", split_commas=True)
        for name in ("limit", "remaining", "reset")
    )
    return answer.status_code, size, left, reset


async def _with(client: httpx.AsyncClient, key: str) -> httpx.Response:
    return await client.post("/api/digits", headers={"x-key": key})


def _filters(routing: Routing) -> dict[str, dict[str, dict[str, dict[str, int]]]]:
    (listener,) = listeners(routing).values()
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    return {one["name"]: one for one in manager["http_filters"]}
