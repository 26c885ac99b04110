"""A caller is its key, wherever it calls from."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from envoy.extensions.filters.http.header_to_metadata.v3 import (
    header_to_metadata_pb2,  # noqa: F401
)
from google.protobuf import json_format, struct_pb2

from argosy.gateway.ads import AdsServer
from argosy.gateway.entries import TYPE
from argosy.gateway.envoy import Envoy
from argosy.gateway.routing import Route, Routing, Share
from argosy.gateway.snapshot import Snapshot, snapshot
from argosy.stack.model import Gateway
from tests.gateway.conftest import Pair

HEADER_TO_METADATA = {
    "name": "claims",
    "typed_config": {
        "@type": f"{TYPE}filters.http.header_to_metadata.v3.Config",
        "request_rules": [
            {
                "header": "claims",
                "on_header_present": {
                    "metadata_namespace": "envoy.filters.http.jwt_authn",
                    "key": "claims",
                    "type": "PROTOBUF_VALUE",
                    "encode": "BASE64",
                },
            }
        ],
    },
}


@pytest.fixture
async def told(run_folder: Path, listen: str, replicas: Pair) -> AsyncIterator[Snapshot]:
    """Two revisions with one half each. Who has a key says so by a header: nothing verifies it."""
    old, new = (Share(n + 1, (replica.address,), weight=50) for n, replica in enumerate(replicas))
    told = snapshot(Routing("desk", Gateway(listen), (Route("digits", (old, new)),)))
    (chain,) = told.listeners["gateway"]["filter_chains"]
    chain["filters"][0]["typed_config"]["http_filters"].insert(0, HEADER_TO_METADATA)
    ads = AdsServer(run_folder / "ads.sock")
    envoy = Envoy(run_folder, run_folder / "gateway.log", concurrency=1)
    await ads.offer(told)
    await ads.start()
    envoy.start()
    await ads.accepted()
    yield told
    await envoy.end()
    await ads.close()


async def test_a_key_keeps_to_its_revision_from_every_address(told: Snapshot, listen: str) -> None:
    answers = {key: await _answers(listen, key) for key in map(str, range(60))}

    assert all(len(each) == 1 for each in answers.values())
    share = sum("a" in each for each in answers.values()) / len(answers)
    assert 0.3 <= share <= 0.7


async def test_without_a_key_the_address_counts(told: Snapshot, listen: str) -> None:
    assert await _answers(listen, None) == {"a", "b"}


async def _answers(listen: str, key: str | None) -> set[str]:
    """By whom a caller is answered that calls from a dozen addresses."""
    found = set()
    for number in range(1, 13):
        transport = httpx.AsyncHTTPTransport(local_address=f"127.0.9.{number}", verify=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{listen}") as caller:
            headers = {"claims": _claims(key)} if key else {}
            answer = await caller.post("/api/digits", headers=headers)
            found.add(answer.json()["replica"])
    return found


def _claims(key: str) -> str:
    value = json_format.ParseDict({"jti": key, "sub": "ci"}, struct_pb2.Value())
    return base64.b64encode(value.SerializeToString()).decode()
