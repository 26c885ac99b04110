"""gRPC calls through a real Envoy to real gRPC servers: the model is named in the metadata."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import grpc
import grpc.aio
import httpx
import pytest

from argosy.gateway.gateway import Gateway
from argosy.gateway.routing import Route
from tests.gateway.conftest import Pair, Replica, Serve, digits, serving

INFER = "/inference.GRPCInferenceService/ModelInfer"
STREAM = "/inference.GRPCInferenceService/ModelStreamInfer"


@pytest.fixture
async def channel(listen: str) -> AsyncIterator[grpc.aio.Channel]:
    """To the gateway, on the port where it speaks HTTP/1 too."""
    options = [("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(listen, options=options) as made:
        yield made


def speaking(model: str, *replicas: Replica, timeout: float = 0) -> Route:
    """A model whose replicas speak gRPC, and HTTP elsewhere."""
    addresses = tuple(replica.address for replica in replicas)
    return Route(model, serving("unix:/nobody", grpc_endpoints=addresses), timeout=timeout)


async def call(
    channel: grpc.aio.Channel, *metadata: tuple[str, str], message: bytes = b"hi"
) -> bytes:
    answer: bytes = await channel.unary_unary(INFER)(message, metadata=metadata, timeout=30)
    return answer


async def refusal(
    channel: grpc.aio.Channel,
    *metadata: tuple[str, str],
    message: bytes = b"hi",
    method: str = INFER,
) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await channel.unary_unary(method)(message, metadata=metadata, timeout=30)
    return refused.value.code(), refused.value.details() or ""


@pytest.mark.parametrize("key", ["model", "mm-model-id", "seldon-model"])
async def test_the_model_in_the_metadata_is_called(
    serve: Serve, channel: grpc.aio.Channel, grpc_replicas: Pair, key: str
) -> None:
    one, other = speaking("digits", grpc_replicas[0]), speaking("chat", grpc_replicas[1])
    await serve(one, other)

    assert await call(channel, (key, "digits")) == b"a hi"
    assert await call(channel, (key, "chat")) == b"b hi"
    code, detail = await refusal(channel, (key, "chat2"))
    assert code == grpc.StatusCode.NOT_FOUND
    assert detail == "No such model. The models of desk are: digits, chat."


async def test_an_only_model_need_not_be_named(
    serve: Serve, channel: grpc.aio.Channel, grpc_replicas: Pair
) -> None:
    await serve(speaking("digits", grpc_replicas[0]))

    assert await call(channel) == b"a hi"
    assert (await refusal(channel, ("model", "chat")))[0] == grpc.StatusCode.NOT_FOUND


async def test_among_several_the_metadata_is_told(
    serve: Serve, channel: grpc.aio.Channel, grpc_replicas: Pair
) -> None:
    models = [speaking(model, *grpc_replicas) for model in ("digits", "chat")]
    await serve(*models)

    assert await refusal(channel) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "Which model? Name it in the metadata `model`. The models of desk are: digits, chat.",
    )


async def test_a_model_that_cannot_be_called_says_why(
    serve: Serve, channel: grpc.aio.Channel, run_folder: Path
) -> None:
    waiting = Route("waiting", (), "it loads, 100% é")
    http_only = Route("http", serving("unix:/nobody"))
    gone = Route("gone", serving("unix:/nobody", grpc_endpoints=(f"unix:{run_folder}/gone",)))
    await serve(waiting, http_only, gone)

    assert await refusal(channel, ("model", "waiting")) == (
        grpc.StatusCode.UNAVAILABLE,
        "waiting cannot answer now: it loads, 100% é",
    )
    assert await refusal(channel, ("model", "http")) == (
        grpc.StatusCode.UNIMPLEMENTED,
        "http has no gRPC.",
    )
    assert await refusal(channel, ("model", "gone")) == (
        grpc.StatusCode.UNAVAILABLE,
        "No connection to a replica could be made.",
    )


async def test_another_service_is_unimplemented(
    gateway: Gateway, serve: Serve, channel: grpc.aio.Channel, grpc_replicas: Pair
) -> None:
    await serve(speaking("digits", *grpc_replicas))

    assert await refusal(channel, ("model", "digits"), method="/shop.Shop/Buy") == (
        grpc.StatusCode.UNIMPLEMENTED,
        "No such service. The gateway has inference.GRPCInferenceService.",
    )


async def test_the_replica_s_own_status_arrives(
    serve: Serve, channel: grpc.aio.Channel, grpc_replicas: Pair
) -> None:
    await serve(speaking("digits", *grpc_replicas))

    answer = await refusal(channel, message=b"fail")

    assert answer == (grpc.StatusCode.OUT_OF_RANGE, "too far")


async def test_a_large_message_passes(
    serve: Serve, channel: grpc.aio.Channel, grpc_replicas: Pair
) -> None:
    await serve(speaking("digits", *grpc_replicas))

    assert len(await call(channel, message=bytes(40 << 20))) == (40 << 20) + 2


async def test_a_stream_goes_both_ways_and_outlives_the_timeout(
    serve: Serve, channel: grpc.aio.Channel, grpc_replicas: Pair
) -> None:
    """Each message is sent once the answer to the one before has come."""
    await serve(speaking("digits", grpc_replicas[0], timeout=1))
    stream = channel.stream_stream(STREAM)()

    began = asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() - began < 2:
        await stream.write(b"more")
        assert await stream.read() == b"a more"
    await stream.done_writing()

    assert await stream.read() == grpc.aio.EOF
    assert await stream.code() == grpc.StatusCode.OK


async def test_a_silent_replica_is_given_up(
    serve: Serve, channel: grpc.aio.Channel, grpc_replicas: Pair
) -> None:
    await serve(speaking("digits", *grpc_replicas, timeout=0.3))

    answer = await refusal(channel, method=INFER.replace("ModelInfer", "Silent"))

    assert answer == (grpc.StatusCode.UNAVAILABLE, "Nothing was sent for too long.")


async def test_a_caller_s_deadline_ends_a_call(
    serve: Serve, channel: grpc.aio.Channel, grpc_replicas: Pair
) -> None:
    await serve(speaking("digits", *grpc_replicas))

    with pytest.raises(grpc.aio.AioRpcError) as ended:
        await channel.unary_unary(INFER.replace("ModelInfer", "Silent"))(b"", timeout=0.3)

    assert ended.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


async def test_calls_of_one_connection_spread_over_replicas(
    serve: Serve, channel: grpc.aio.Channel, grpc_replicas: Pair
) -> None:
    """A gRPC client keeps one connection; balancing connections would load one replica alone."""
    await serve(speaking("digits", *grpc_replicas))

    answers = await asyncio.gather(*(call(channel) for _ in range(60)))

    assert min(answers.count(b"a hi"), answers.count(b"b hi")) >= 10


async def test_replicas_come_and_go_under_load(
    serve: Serve,
    channel: grpc.aio.Channel,
    client: httpx.AsyncClient,
    replicas: Pair,
    new_replica: Callable[..., Replica],
) -> None:
    """Its cluster exists only while a replica speaks gRPC, and no call or request is lost."""
    c, d = (new_replica(name, "grpc_replica.py") for name in ("c", "d"))
    http = digits(*replicas)
    await serve(http, speaking("chat", c))
    ended = False

    async def call_often() -> set[bytes]:
        answers = set()
        while not ended:
            answers.add(await call(channel, ("model", "chat")))
            answers.add((await client.post("/api/digits")).reason_phrase.encode())
        return answers

    load = [asyncio.create_task(call_often()) for _ in range(4)]
    for _ in range(5):
        await serve(http, speaking("chat", c, d))
        await serve(http, speaking("chat", d))
        await serve(http, speaking("chat", c))
    ended = True
    seen = set().union(*await asyncio.gather(*load))
    await serve(http, Route("chat"))

    assert seen == {b"c hi", b"d hi", b"OK"}
    assert (await refusal(channel, ("model", "chat")))[0] == grpc.StatusCode.UNAVAILABLE


async def test_http_on_the_same_paths_is_no_call(
    serve: Serve, client: httpx.AsyncClient, grpc_replicas: Pair
) -> None:
    await serve(speaking("digits", *grpc_replicas))

    assert (await client.post(INFER)).status_code == 404
