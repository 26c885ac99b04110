from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from argosy.errors import GatewayError
from argosy.gateway.gateway import Gateway
from argosy.gateway.resources.metrics_listener import clusters, listeners
from argosy.gateway.routing import Places, Routing
from argosy.stack.model import Gateway as Settings
from tests.gateway.conftest import Pair, Replica, digits


@pytest.fixture
async def gateway(run_folder: Path, replicas: Pair) -> AsyncIterator[Gateway]:
    """A replica stands for the supervisor: it tells what it was asked."""
    made = Gateway(
        run_folder,
        run_folder / "gateway.log",
        lambda: None,
        metrics_socket=replicas[1].socket,
    )
    yield made
    await made.stop(0)


def test_without_an_address_there_is_none() -> None:
    routing, places = Routing("desk", Settings()), Places(metrics_socket="/run/supervisor")
    assert listeners(routing, places) == clusters(routing, places) == {}


async def test_metrics_have_an_address_of_their_own(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, elsewhere: str, replicas: Pair
) -> None:
    settings = Settings(listen, metrics=elsewhere)
    await gateway.serve(Routing("desk", settings, (digits(replicas[0]),)))

    async with httpx.AsyncClient(base_url=f"http://{elsewhere}") as prometheus:
        answer = await prometheus.get("/metrics")
        assert (answer.json()["replica"], answer.json()["path"]) == ("b", "/metrics")
        for path in (
            "/",
            "/status",
            "/down",
            "/metrics/",
            "/metrics/../down",
            "/metrics%2f..%2fdown",
        ):
            assert (await prometheus.get(path)).status_code == 404
        assert (await prometheus.post("/metrics")).status_code == 404
        assert (await prometheus.post("/down")).status_code == 404
    assert (await client.get("/metrics")).status_code == 404


async def test_without_a_supervisor_the_answer_is_503(
    run_folder: Path, listen: str, elsewhere: str, replicas: Pair
) -> None:
    gateway = Gateway(
        run_folder,
        run_folder / "gateway.log",
        lambda: None,
        metrics_socket=run_folder / "nobody",
    )
    try:
        settings = Settings(listen, metrics=elsewhere)
        await gateway.serve(Routing("desk", settings, (digits(replicas[0]),)))
        async with httpx.AsyncClient(base_url=f"http://{elsewhere}") as prometheus:
            assert (await prometheus.get("/metrics")).status_code == 503
    finally:
        await gateway.stop(0)


async def test_an_address_that_is_taken_is_refused_with_the_reason(
    gateway: Gateway, listen: str, replicas: Pair, new_replica: Callable[..., Replica]
) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    taken = "{}:{}".format(*server.sockets[0].getsockname())
    async with server:
        with pytest.raises(GatewayError, match=r"taken by .* gateway\.metrics"):
            await gateway.serve(
                Routing("desk", Settings(listen, metrics=taken), (digits(replicas[0]),))
            )


async def test_they_are_told_at_the_same_address_after_another_envoy_took_over(
    gateway: Gateway, listen: str, elsewhere: str, replicas: Pair
) -> None:
    settings = Settings(listen, metrics=elsewhere)
    await gateway.serve(Routing("desk", settings, (digits(replicas[0]),)))

    await gateway.replace()

    async with httpx.AsyncClient(base_url=f"http://{elsewhere}") as prometheus:
        assert (await prometheus.get("/metrics")).status_code == 200
