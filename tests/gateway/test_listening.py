from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from argosy.errors import GatewayError
from argosy.gateway.listening import cross, until_answering
from tests.ports import reserved_address

A, B = "127.0.0.1:80", "127.0.0.1:81"


@contextlib.asynccontextmanager
async def listener(address: str) -> AsyncIterator[None]:
    host, _, port = address.rpartition(":")
    server = await asyncio.start_server(lambda _, writer: writer.close(), host, int(port))
    async with server:
        yield


async def test_what_is_listened_on_answers() -> None:
    with reserved_address() as one, reserved_address() as other:
        async with listener(one), listener(other):
            await until_answering([one, other], wanted=True)


async def test_what_begins_later_is_waited_for() -> None:
    with reserved_address() as address:
        waiting = asyncio.create_task(until_answering([address], wanted=True))
        async with listener(address):
            await waiting


async def test_what_does_not_begin_or_end_in_time_is_told_with_its_address() -> None:
    with reserved_address() as address:
        await until_answering([address], wanted=False)
        with pytest.raises(GatewayError, match=f"Envoy does not open {address}"):
            await until_answering([address], wanted=True, longest=0.05)
        async with listener(address):
            with pytest.raises(GatewayError, match=f"Envoy does not close {address}"):
                await until_answering([address], wanted=False, longest=0.05)


@pytest.mark.parametrize(
    ("held", "wanted", "crosses"),
    [
        ({"gateway": A}, {"gateway": A}, False),
        ({"gateway": A}, {"gateway": B}, False),
        ({"gateway": A, "metrics": B}, {"gateway": B, "metrics": A}, True),
        ({"gateway": A}, {"gateway": "0.0.0.0:80"}, True),
        ({"gateway": A}, {"metrics": A}, True),
        ({}, {"gateway": A}, False),
    ],
)
def test_listeners_cross_where_one_wants_the_port_of_another(
    held: dict[str, str], wanted: dict[str, str], crosses: bool
) -> None:
    assert cross(held, wanted) == crosses
