"""Copies of requests for another revision."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from argosy.gateway.gateway import Gateway
from argosy.gateway.metrics import P
from argosy.gateway.resources.entries import forward
from argosy.gateway.resources.mirrors import entries
from argosy.gateway.routing import Route, Share
from tests.gateway.conftest import Pair, Serve
from tests.gateway.test_metrics import told
from tests.waiting import eventually, until

MARK = "x-argosy-mirror"


def _mirrored(replicas: Pair, fraction: float) -> Route:
    primary = Share(1, (replicas[0].address,))
    return Route("digits", (primary, Share(2, (replicas[1].address,), weight=0, mirrored=fraction)))


def test_of_two_fractions_the_larger_holds_the_requests_of_the_smaller() -> None:
    chosen = forward({"path": "/api/digits"}, {"cluster": "digits.r1"}, Route("digits"))
    made = entries(chosen, {"digits.r2": 0.5, "digits.r3": 0.1, "digits.r4": 0.0})

    assert [_fraction(entry) for entry in made] == [0.1, 0.5]
    assert [_copied_to(entry) for entry in made] == [["digits.r2", "digits.r3"], ["digits.r2"]]


def _fraction(entry: dict[str, Any]) -> float:
    share = entry["match"]["runtime_fraction"]["default_value"]
    assert share["denominator"] == "MILLION"
    return float(share["numerator"]) / 1e6


def _copied_to(entry: dict[str, Any]) -> list[str]:
    return [policy["cluster"] for policy in entry["route"]["request_mirror_policies"]]


@pytest.mark.parametrize("path", ["/api/digits", "/v1/x", "/v2/models/digits/infer"])
async def test_a_copy_is_marked_as_its_request_is(
    serve: Serve, client: httpx.AsyncClient, mortals: Pair, path: str
) -> None:
    mortals[1].seen.touch()
    await serve(_mirrored(mortals, 1.0))

    answer = await client.post(path, json={"model": "digits"})

    seen = answer.json()
    assert seen["replica"] == "c"
    assert seen["headers"][MARK] == answer.headers["x-request-id"]
    copy = until(lambda: _seen(mortals)[-1:], "the copy arrives")[0]
    assert copy["replica"] == "d"
    assert (copy["method"], copy["path"], copy["length"]) == ("POST", seen["path"], seen["length"])
    assert copy["headers"][MARK] == answer.headers["x-request-id"]
    assert "-shadow" in copy["headers"]["host"]


async def test_the_fraction_is_kept_and_nothing_else_is_marked(
    serve: Serve, client: httpx.AsyncClient, mortals: Pair
) -> None:
    mortals[1].seen.touch()
    await serve(_mirrored(mortals, 0.25))

    answers = [await client.post("/api/digits", headers={MARK: "forged"}) for _ in range(400)]
    marked = [answer for answer in answers if MARK in answer.json()["headers"]]

    assert {answer.json()["replica"] for answer in answers} == {"c"}
    assert 0.25 - 0.07 <= len(marked) / 400 <= 0.25 + 0.07  # 3 standard deviations
    until(lambda: len(_seen(mortals)) == len(marked), "all copies arrive")
    assert {copy["headers"][MARK] for copy in _seen(mortals)} == {
        answer.headers["x-request-id"] for answer in marked
    }


async def test_a_copy_that_fails_costs_its_request_nothing(
    serve: Serve, client: httpx.AsyncClient, mortals: Pair
) -> None:
    await serve(_mirrored(mortals, 1.0))
    mortals[1].kill()

    for _ in range(5):
        answer = await client.post("/api/digits")
        assert (answer.status_code, answer.json()["replica"]) == (200, "c")


def _seen(mortals: Pair) -> list[dict[str, Any]]:
    """What the second replica was asked."""
    return [json.loads(line) for line in mortals[1].seen.read_text().splitlines()]


async def test_copies_are_no_traffic_of_the_revision_that_gets_them(
    serve: Serve, gateway: Gateway, client: httpx.AsyncClient, mortals: Pair
) -> None:
    mortals[1].seen.touch()
    await serve(_mirrored(mortals, 1.0))
    for _ in range(5):
        await client.post("/api/digits")
    until(lambda: len(_seen(mortals)) == 5, "all copies arrive")
    await told(gateway, f"{P}request_seconds_count", 5, model="digits", revision="r1")
    asked = asyncio.create_task(client.get("/api/digits", params={"stream": 10}))
    await eventually(lambda: len(_seen(mortals)) == 6)
    found = await told(gateway, f"{P}in_flight", 1, model="digits", revision="r1")
    await asked

    assert [one for one in found if ("revision", "r2") in one[1]] == []
