"""Websockets to a server of somebody else's, as engines like `command` are."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from argosy.gateway.gateway import Gateway
from argosy.gateway.routing import Route
from argosy.stack.model import Tls
from tests.certificates import make
from tests.gateway.conftest import Pair, Replica, routing, serving

SCRIPT = "websocket_replica.py"


@pytest.fixture
def app(new_replica: Callable[..., Replica]) -> Route:
    shares = serving(new_replica("w", SCRIPT).address)
    return Route("app", shares, path="/live", timeout=60)


@pytest.mark.parametrize(
    ("path", "arrives"),
    [
        ("/models/app/chat?room=1", "/chat?room=1"),
        ("/live/chat", "/chat"),
        ("/api/app", "/predict"),
    ],
)
async def test_messages_go_both_ways(
    gateway: Gateway, listen: str, app: Route, path: str, arrives: str
) -> None:
    await gateway.serve(routing(listen, app))

    async with connect(f"ws://{listen}{path}") as connection:
        for text in ("one", "two"):
            await connection.send(text)
            assert await connection.recv() == f"w {arrives} {text}"
        await connection.send(bytes(1 << 20))
        assert await connection.recv() == bytes(1 << 20)


async def test_they_go_through_tls_and_tell_who_calls(
    gateway: Gateway, listen: str, app: Route, tmp_path: Path
) -> None:
    await gateway.serve(routing(listen, app, tls=Tls(*make(tmp_path, "gateway"))))
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE

    async with connect(f"wss://{listen}/live/", ssl=trusting) as connection:
        await connection.send("headers")
        headers = json.loads(await connection.recv())

    seen = {name.lower(): value for name, value in headers.items()}
    assert (seen["x-argosy-caller"], seen["x-forwarded-proto"]) == ("127.0.0.1", "https")


async def test_a_connection_outlives_what_its_route_becomes(
    gateway: Gateway, listen: str, app: Route, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, app))

    async with connect(f"ws://{listen}/live/x") as connection:
        await gateway.publish(routing(listen, Route("app", serving(replicas[0].address))))
        await gateway.publish(routing(listen))
        await connection.send("still here")
        assert await connection.recv() == "w /x still here"


async def test_a_model_that_speaks_none_says_so(
    gateway: Gateway, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, Route("digits", serving(replicas[0].address))))

    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://{listen}/models/digits/x")
    assert refused.value.response.status_code >= 400

    with pytest.raises(InvalidStatus) as missing:
        await connect(f"ws://{listen}/models/nobody/x")
    assert missing.value.response.status_code == 404
