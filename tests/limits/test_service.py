"""The service as Envoy asks it, over gRPC."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import grpc.aio
import pytest
from envoy.service.ratelimit.v3.rls_pb2 import RateLimitRequest, RateLimitResponse

from argosy.limits.rules import Rules
from argosy.limits.service import Service
from argosy.stack.model import Rate
from tests.redis_server import RedisServer

ADMIT = {
    "ask": "admit",
    "model": "chat",
    "key": "k",
    "masked_remote_address": "::/64",
    "metered": "yes",
}
SETTLE = {"ask": "settle", "key": "k"}
OK, OVER_LIMIT = RateLimitResponse.OK, RateLimitResponse.OVER_LIMIT


class Asking:
    def __init__(self, service: Service, channel: grpc.aio.Channel) -> None:
        self.service = service
        self._channel = channel
        self._ask = channel.unary_unary(
            "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit",
            request_serializer=RateLimitRequest.SerializeToString,
            response_deserializer=RateLimitResponse.FromString,
        )

    async def __call__(self, entries: dict[str, str], sent: int = 0) -> RateLimitResponse:
        request = RateLimitRequest(domain="argosy")
        descriptor = request.descriptors.add()
        for key, value in entries.items():
            descriptor.entries.add(key=key, value=value)
        descriptor.hits_addend.value = sent
        return await self._ask(request, timeout=10)

    async def used(self) -> int:
        answer = await self(ADMIT)
        await self({**SETTLE, "lease": answer.dynamic_metadata["lease"]})
        limit, remaining = (
            int(headers(answer)[f"x-ratelimit-{word}-tokens"]) for word in ("limit", "remaining")
        )
        return limit - remaining

    async def tell(self, what: str) -> str:
        answer: bytes = await self._channel.unary_unary(f"/argosy.Limits/{what}")(b"", timeout=10)
        return answer.decode()


@pytest.fixture
async def ask(own_folders: Path) -> AsyncIterator[Asking]:
    service = Service()
    server = grpc.aio.server()
    server.add_generic_rpc_handlers(service.handlers())
    address = f"unix:{own_folders}/limits.sock"
    server.add_insecure_port(address)
    await server.start()
    async with grpc.aio.insecure_channel(address) as channel:
        yield Asking(service, channel)
    await server.stop(grace=None)
    await service.close()


async def test_what_is_under_no_limit_goes_on_and_has_no_end_to_tell(ask: Asking) -> None:
    answer = await ask(ADMIT)

    assert answer == RateLimitResponse(overall_code=OK)


async def test_what_is_to_be_settled_gets_a_lease(ask: Asking) -> None:
    await ask.service.configure(Rules("desk", concurrency=1))

    first, second = await ask(ADMIT), await ask(ADMIT)
    await ask({**SETTLE, "lease": first.dynamic_metadata["lease"]})
    third = await ask(ADMIT)

    assert [one.overall_code for one in (first, second, third)] == [OK, OVER_LIMIT, OK]
    assert "lease" not in second.dynamic_metadata
    assert headers(second) == {
        "x-argosy-limit": "gateway.limits.concurrency",
        "retry-after": "1",
    }


async def test_rates_alone_have_no_end_to_tell(ask: Asking) -> None:
    await ask.service.configure(Rules("desk", per_key=Rate(2, 60)))

    answer = await ask(ADMIT)

    assert not answer.dynamic_metadata.fields
    assert headers(answer) == {
        "x-ratelimit-limit": "2",
        "x-ratelimit-remaining": "1",
        "x-ratelimit-reset": "0",
    }


@pytest.mark.parametrize(
    ("told", "sent", "used"),
    [
        ({"tokens": "120"}, 9999, 120),
        ({"tokens": "120.0", "stream": "yes"}, 9999, 120),
        ({"stream": "yes"}, 1001, 6),
        ({}, 1001, 0),
        ({"tokens": "-5"}, 0, 0),
        ({"tokens": "many"}, 0, 0),
    ],
)
async def test_tokens_are_what_the_answer_says_else_a_guess_for_a_stream(
    ask: Asking, told: dict[str, str], sent: int, used: int
) -> None:
    await ask.service.configure(Rules("desk", tokens_per_day=1000))
    lease = (await ask(ADMIT)).dynamic_metadata["lease"]

    await ask({**SETTLE, "lease": lease, **told}, sent)

    assert await ask.used() == used


async def test_the_guess_takes_the_request_in(ask: Asking) -> None:
    await ask.service.configure(Rules("desk", tokens_per_day=1000))
    lease = (await ask({**ADMIT, "length": "400"})).dynamic_metadata["lease"]

    await ask({**SETTLE, "lease": lease, "stream": "yes"}, 200)

    assert await ask.used() == 101


async def test_a_lease_of_before_a_restart_is_still_paid_for(ask: Asking) -> None:
    await ask.service.configure(Rules("desk", tokens_per_day=1000))

    await ask({**SETTLE, "lease": "of another life", "tokens": "70"})

    assert await ask.used() == 70


async def test_what_was_counted_outlives_other_rules(ask: Asking) -> None:
    await ask.service.configure(Rules("desk", tokens_per_day=1000))
    await ask({**SETTLE, "lease": "", "tokens": "70"})

    await ask.service.configure(Rules("desk", tokens_per_day=100, concurrency=5))

    assert await ask.used() == 70


async def test_when_envoy_has_ended_nothing_is_in_flight(ask: Asking) -> None:
    await ask.service.configure(Rules("desk", concurrency=1))
    await ask(ADMIT)

    await ask.tell("Forget")

    assert (await ask(ADMIT)).overall_code == OK


async def test_metrics_tell_what_was_refused_and_what_is_in_flight(ask: Asking) -> None:
    await ask.service.configure(Rules("desk", concurrency=1))
    await ask(ADMIT)
    await ask(ADMIT)

    lines = (await ask.tell("Metrics")).splitlines()

    assert 'argosy_limits_refused_total{limit="gateway.limits.concurrency"} 1' in lines
    assert "argosy_limits_in_flight 1" in lines
    assert "argosy_limits_redis_away 0" in lines


async def test_what_cannot_be_counted_is_denied_where_the_file_says_so(
    ask: Asking, redis_server: RedisServer
) -> None:
    rules = Rules("desk", per_key=Rate(1), redis=redis_server.url, redis_failure="deny")
    await ask.service.configure(rules)
    redis_server.stop()

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await ask(ADMIT)

    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert 'argosy_limits_uncounted_total{then="deny"} 1' in await ask.tell("Metrics")


def headers(answer: RateLimitResponse) -> dict[str, str]:
    return {one.key: one.value for one in answer.response_headers_to_add}
