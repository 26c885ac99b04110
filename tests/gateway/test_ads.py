"""The control plane, asked by a client that is not Envoy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc.aio
import pytest
from envoy.service.discovery.v3.discovery_pb2 import DiscoveryRequest, DiscoveryResponse

from argosy.errors import GatewayError
from argosy.gateway.ads import SERVICE, AdsServer
from argosy.gateway.conversation import CLUSTERS, ENDPOINTS, LISTENERS, ROUTES
from argosy.gateway.resources.snapshot import Snapshot, snapshot
from argosy.gateway.routing import Route, Routing
from argosy.stack.model import Gateway
from tests.gateway.conftest import serving

NAMES = {ENDPOINTS: ["digits.r1"], ROUTES: ["gateway"]}


def _snapshot(endpoint: str) -> Snapshot:
    return snapshot(Routing("desk", Gateway("127.0.0.1:1"), (Route("digits", serving(endpoint)),)))


@pytest.fixture
async def ads(run_folder: Path) -> AsyncIterator[AdsServer]:
    server = AdsServer(run_folder / "ads.sock")
    await server.offer(_snapshot("unix:/a"))
    await server.start()
    yield server
    await server.close()


@pytest.fixture
async def stream(ads: AdsServer, run_folder: Path) -> AsyncIterator[Any]:
    async with grpc.aio.insecure_channel(f"unix:{run_folder}/ads.sock") as channel:
        call = channel.stream_stream(
            f"/{SERVICE}/StreamAggregatedResources",
            request_serializer=DiscoveryRequest.SerializeToString,
            response_deserializer=DiscoveryResponse.FromString,
        )()
        yield call
        call.cancel()


async def _ask(stream: Any, kind: str) -> None:
    await stream.write(DiscoveryRequest(type_url=kind, resource_names=NAMES.get(kind, [])))


async def _take(stream: Any, refusal: str = "") -> str:
    """Read one answer, and accept or refuse it; its type."""
    answer = await asyncio.wait_for(stream.read(), 10)
    request = DiscoveryRequest(
        type_url=answer.type_url,
        response_nonce=answer.nonce,
        resource_names=NAMES.get(answer.type_url, []),
    )
    if refusal:
        request.error_detail.message = refusal
    await stream.write(request)
    return str(answer.type_url)


async def test_a_stream_begins_with_everything(ads: AdsServer, stream: Any) -> None:
    for kind in (ROUTES, LISTENERS, ENDPOINTS, CLUSTERS):
        await _ask(stream, kind)

    accepted = asyncio.create_task(ads.accepted())
    taken: set[str] = set()
    while len(taken) < 4:
        taken.add(await _take(stream))
    await asyncio.wait_for(accepted, 10)


async def test_a_new_offer_reaches_an_open_stream(ads: AdsServer, stream: Any) -> None:
    for kind in (CLUSTERS, ENDPOINTS, LISTENERS, ROUTES):
        await _ask(stream, kind)
        await _take(stream)

    await ads.offer(_snapshot("unix:/b"))

    assert await _take(stream) == ENDPOINTS
    await asyncio.wait_for(ads.accepted(), 10)


async def test_what_one_that_has_ended_accepted_is_not_taken_for_the_next(
    ads: AdsServer, stream: Any
) -> None:
    for kind in (CLUSTERS, ENDPOINTS, LISTENERS, ROUTES):
        await _ask(stream, kind)
        await _take(stream)
    await asyncio.wait_for(ads.accepted(), 10)

    ads.forget()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ads.accepted(), 0.05)


async def test_a_refusal_is_raised(ads: AdsServer, stream: Any) -> None:
    await _ask(stream, CLUSTERS)
    await _take(stream, refusal="no such thing")

    with pytest.raises(GatewayError, match="Envoy refused its configuration: no such thing"):
        await asyncio.wait_for(ads.accepted(), 10)


async def test_nothing_is_accepted_while_nobody_asks(ads: AdsServer) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ads.accepted(), 0.05)


async def test_a_closed_server_can_start_again(ads: AdsServer, run_folder: Path) -> None:
    await ads.close()
    await ads.start()
    assert (run_folder / "ads.sock").exists()


async def test_a_socket_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    server = AdsServer(tmp_path / "gone" / "ads.sock")
    with pytest.raises(GatewayError, match="control socket cannot be made"):
        await server.start()
