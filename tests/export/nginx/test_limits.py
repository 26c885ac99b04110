"""Rates, bursts and requests in flight in nginx's words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from argosy.export.nginx import limits
from argosy.gateway.routing import Route, Routing
from argosy.stack.model import Gateway, Limits, ModelLimits, Rate

NONE = ModelLimits()
OPEN, CLOSED = Gateway(keys="none"), Gateway(keys="required")


def routing(gateway: Gateway, of_callers: Limits, of_model: ModelLimits = NONE) -> Routing:
    return Routing("s", replace(gateway, limits=of_callers), (Route("m", limits=of_model),))


@pytest.mark.parametrize(
    ("rate", "written"),
    [
        (Rate(20), "20r/s"),
        (Rate(120, 60), "2r/s"),
        (Rate(100, 60), "100r/m"),
        (Rate(120, 3600), "2r/m"),
        (Rate(100, 3600), "2r/m"),
    ],
)
def test_a_rate_is_whole_per_second_or_per_minute(rate: Rate, written: str) -> None:
    (zone, *_) = limits.zones(routing(OPEN, Limits(per_address=rate)))
    assert zone == f"limit_req_zone $binary_remote_addr zone=per_address:10m rate={written};"


def test_a_rate_that_is_rounded_is_told() -> None:
    exact = Limits(per_address=Rate(100, 60), per_key=Rate(3))
    assert list(limits.rounded(routing(CLOSED, exact))) == []
    told = list(limits.rounded(routing(OPEN, Limits(), ModelLimits(rate=Rate(100, 3600)))))
    assert told == ["models.m.limits.rate: 100/h is 2r/m in nginx"]


def test_a_burst_counts_the_request_that_is_in_time() -> None:
    made = routing(OPEN, Limits(per_address=Rate(20, burst=40)), ModelLimits(rate=Rate(1)))
    assert limits.of_model(made.routes[0], made) == [
        "limit_req zone=per_address burst=39 nodelay;",
        "limit_req zone=rate_m;",
    ]


def test_requests_in_flight_are_those_of_a_key_or_of_an_address() -> None:
    of_callers, of_model = Limits(concurrency=8), ModelLimits(concurrency=2)
    by_address, by_key = (routing(one, of_callers, of_model) for one in (OPEN, CLOSED))
    assert limits.zones(by_address)[0] == "limit_conn_zone $binary_remote_addr zone=in_flight:10m;"
    assert limits.zones(by_key)[0] == "limit_conn_zone $caller zone=in_flight:10m;"
    assert limits.of_model(by_key.routes[0], by_key) == [
        "limit_conn in_flight 8;",
        "limit_conn in_flight_m 2;",
    ]


def test_without_limits_nothing_is_counted() -> None:
    assert limits.zones(routing(OPEN, Limits())) == []
