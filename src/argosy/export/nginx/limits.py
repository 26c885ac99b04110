"""Limits of callers and models as nginx counts them: buckets and requests in flight. No I/O here.

A bucket of nginx (ngx_http_limit_req_module) leaks at its rate and admits ``burst`` requests
beyond one at once, so a burst of 40 is ``burst=39``. Of one request only the first location that
has limits counts, so every location that leads somewhere lists all of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from argosy.gateway.routing import Route, Routing
from argosy.stack.model import Rate
from argosy.stack.units import show_rate

RETRY_AFTER = 1  # seconds; nginx does not tell when there is room
ADDRESSES = "10m"  # about 80,000 addresses; of more, the least recent are forgotten
ONE = "32k"  # the smallest zone, for one bucket


def zones(routing: Routing) -> list[str]:
    """What is counted, for all of nginx's processes together."""
    limits = routing.gateway.limits
    lines = []
    if limits.per_address:
        lines.append(
            _rate_zone("$binary_remote_addr", "per_address", ADDRESSES, limits.per_address)
        )
    if limits.per_key and routing.gateway.needs_keys:
        lines.append(_rate_zone("$caller", "per_key", ADDRESSES, limits.per_key))
    if limits.concurrency:
        who = "$caller" if routing.gateway.needs_keys else "$binary_remote_addr"
        lines.append(f"limit_conn_zone {who} zone=in_flight:{ADDRESSES};")
    for route in routing.routes:
        if rate := route.limits.rate:
            lines.append(_rate_zone(route.model, f"rate_{route.model}", ONE, rate))
        if route.limits.concurrency:
            lines.append(f"limit_conn_zone {route.model} zone=in_flight_{route.model}:{ONE};")
    return [*lines, "limit_req_status 429;", "limit_conn_status 429;"] if lines else []


def of_callers(routing: Routing) -> list[str]:
    """What holds for every request but those for the gateway's own health."""
    rate = routing.gateway.limits.per_address
    return [_rate("per_address", rate)] if rate else []


def of_model(route: Route, routing: Routing) -> list[str]:
    """What holds for requests that lead to the model."""
    limits = routing.gateway.limits
    lines = of_callers(routing)
    if limits.per_key and routing.gateway.needs_keys:
        lines.append(_rate("per_key", limits.per_key))
    if route.limits.rate:
        lines.append(_rate(f"rate_{route.model}", route.limits.rate))
    if limits.concurrency:
        lines.append(f"limit_conn in_flight {limits.concurrency};")
    if route.limits.concurrency:
        lines.append(f"limit_conn in_flight_{route.model} {route.limits.concurrency};")
    return lines


def rounded(routing: Routing) -> Iterator[str]:
    """The keys of the stack file whose rate nginx can count only nearly."""
    limits = routing.gateway.limits
    rates = {
        "gateway.limits.per_address": limits.per_address,
        "gateway.limits.per_key": limits.per_key,
        **{f"models.{route.model}.limits.rate": route.limits.rate for route in routing.routes},
    }
    for key, rate in rates.items():
        if rate and not _is_exact(rate):
            yield f"{key}: {show_rate(rate.requests, rate.seconds)} is {_written(rate)} in nginx"


def _rate_zone(key: str, name: str, size: str, rate: Rate) -> str:
    return f"limit_req_zone {key} zone={name}:{size} rate={_written(rate)};"


def _rate(zone: str, rate: Rate) -> str:
    beyond = (rate.burst or rate.requests) - 1
    return f"limit_req zone={zone} burst={beyond} nodelay;" if beyond else f"limit_req zone={zone};"


def _written(rate: Rate) -> str:
    """nginx knows whole numbers per second or per minute; what does not fit is rounded up."""
    if rate.requests % rate.seconds == 0:
        return f"{rate.requests / rate.seconds:.0f}r/s"
    return f"{math.ceil(rate.requests * 60 / rate.seconds)}r/m"


def _is_exact(rate: Rate) -> bool:
    return rate.requests % rate.seconds == 0 or rate.requests * 60 % rate.seconds == 0
