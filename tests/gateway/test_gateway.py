from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gateway.conftest import Replica, digits, routing

if TYPE_CHECKING:
    import httpx

    from argosy.gateway.gateway import Gateway


async def test_serving_returns_when_requests_are_answered(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: tuple[Replica, Replica]
) -> None:
    await gateway.serve(routing(listen, digits(*replicas)))

    answer = await client.post("/api/digits", json={"input": 1})

    assert answer.status_code == 200
    assert gateway.observe().state == "serving"
