"""The locations of an nginx server: every path of the gateway, and what answers there. No I/O here.

What is below ``/-/`` is asked from within: nobody else reaches it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from argosy.export.nginx import limits
from argosy.export.nginx.syntax import columns
from argosy.export.routing import is_served
from argosy.gateway.resources import openai
from argosy.gateway.resources.open_inference import READY
from argosy.gateway.resources.open_inference_grpc import SERVICE
from argosy.gateway.resources.placed import PREDICT
from argosy.gateway.resources.route_table import PROBED
from argosy.gateway.routing import Route, Routing

MIB = 1 << 20
NOWHERE = "nowhere"  # what asks for a path of ours from outside gets there


@dataclass(frozen=True)
class Location:
    """``where`` is a prefix, ``= <path>`` or ``@<name>``; ``does`` are directives."""

    where: str
    does: tuple[str, ...]

    @property
    def path(self) -> str:
        """What requests match."""
        return self.where.removeprefix("= ")

    def hides(self, other: Location) -> bool:
        """Whether nobody should get to the other one where this one counts first."""
        prefix = self.where.startswith("/") and other.path.startswith(self.where)
        return prefix or self.where == other.where


def hosts(routing: Routing) -> list[str | None]:
    """The hosts that differ; None are all that no model asks for."""
    return [None, *sorted({route.host for route in routing.routes if route.host})]


def probes(route: Route) -> str:
    """The upstream that answers /health, /ready and /metrics of the model."""
    return f"{route.model}_probes" if is_served(route) else route.model


def grpc(route: Route) -> str:
    """The upstream of the model's gRPC."""
    return f"{route.model}_grpc"


def locations(routing: Routing, host: str | None) -> list[str]:
    """All of one host; what models ask for there counts before the gateway's own."""
    placed = _placed(routing, host)
    if any(one.where == "/" for one in placed):
        return _lines([*placed, _nowhere()])

    def kept(found: Iterable[Location]) -> list[str]:
        return _lines(one for one in found if not any(first.hides(one) for first in placed))

    lines = [*_lines(placed), ""] if placed else []
    for route in routing.routes:
        lines += [f"# {route.model}", *kept(_of_model(route)), ""]
    return [
        *lines,
        "# Models that a body names: gateway.js reads it.",
        *kept(_openai(routing)),
        "",
        "# Models that the metadata of a gRPC call names.",
        *kept(_grpc(routing)),
        "",
        "# What nginx answers itself.",
        *kept(_own(routing)),
    ]


def has_own_health(routing: Routing, host: str | None) -> bool:
    """Whether the gateway itself answers there how it is, and no model in its place."""
    own = (Location("= /health", ()), Location("= /ready", ()))
    return not any(first.hides(one) for first in _placed(routing, host) for one in own)


def _placed(routing: Routing, host: str | None) -> list[Location]:
    """By `route`: of one path whoever names the host has it."""
    here = [route for route in routing.routes if route.path and route.host in (host, None)]
    found: dict[str, Location] = {}
    for route in sorted(here, key=lambda route: route.host is None):
        prefix = (route.path or "").rstrip("/")
        itself = "/" if is_served(route) else PREDICT
        paths = {f"= {prefix}": itself, f"= {prefix}/": itself, f"{prefix}/": "/"}
        for where, path in paths.items():
            if where != "= ":
                found.setdefault(where, _forward(where, route, path))
    return [*found.values()]


def _of_model(route: Route) -> list[Location]:
    """The paths that name a model, by each of its names; a replica knows only its own."""
    found = []
    own = f"/v2/models/{route.model}"
    for name in route.names:
        found += [
            _forward(f"= /api/{name}", route, PREDICT),
            _forward(f"= /api/{name}/", route, PREDICT),
            _forward(f"= /models/{name}", route, "/"),
            _forward(f"/models/{name}/", route, "/"),
            *(
                _forward(f"= /models/{name}{path}", route, path, upstream=probes(route))
                for path in PROBED
                if is_served(route)
            ),
            _forward(f"= /v2/models/{name}", route, own),
            _forward(f"/v2/models/{name}/", route, f"{own}/"),
        ]
    return found


def _forward(where: str, route: Route, path: str, upstream: str = "") -> Location:
    return Location(
        where,
        (
            _include(route),
            f"client_max_body_size {size(route.max_body)};",
            f"proxy_pass http://{upstream or route.model}{path};",
        ),
    )


def _openai(routing: Routing) -> list[Location]:
    largest = f"client_max_body_size {size(openai.LARGEST_BODY)};"
    refused = (*limits.of_callers(routing), "js_content gateway.refused;")
    return [
        Location("/v1/", (largest, "js_content gateway.openai;")),
        Location("@v1_refused", refused),
        *(
            Location(f"@v1_{route.model}", (_include(route), f"proxy_pass http://{route.model};"))
            for route in routing.routes
        ),
    ]


def _grpc(routing: Routing) -> list[Location]:
    refused = (*limits.of_callers(routing), "js_content gateway.grpc_refused;")
    return [
        Location(SERVICE, ("rewrite ^ /-/grpc/$grpc_model$uri last;",)),
        Location("/-/grpc/", ("internal;", *refused)),
        *(_to_grpc(route) for route in routing.routes if not is_served(route)),
    ]


def _to_grpc(route: Route) -> Location:
    prefix = f"/-/grpc/{route.model}"
    does = (
        "internal;",
        "include grpc.conf;",
        _include(route),
        f"rewrite ^{prefix}(/.*)$ $1 break;",
        f"grpc_pass grpc://{grpc(route)};",
    )
    return Location(f"{prefix}/", does)


def _own(routing: Routing) -> list[Location]:
    page = "js_content gateway.page;"
    return [
        Location("= /health", ("access_log off;", page)),
        Location("= /ready", ("js_content gateway.ready;",)),
        Location(f"= {READY}", (*limits.of_callers(routing), "js_content gateway.ready;")),
        *(
            Location(
                f"= /-/ready/{route.model}",
                (
                    "internal;",
                    "proxy_read_timeout 5s;",
                    f"proxy_pass http://{probes(route)}/ready;",
                ),
            )
            for route in routing.routes
        ),
        Location("/", (*limits.of_callers(routing), page)),
        _nowhere(),
    ]


def _nowhere() -> Location:
    return Location(f"@{NOWHERE}", ("js_content gateway.page;",))


def size(count: int | None) -> str:
    """As nginx writes it; 0 is no limit."""
    if not count:
        return "0"
    return f"{count // MIB}m" if count % MIB == 0 else str(count)


def _include(route: Route) -> str:
    return f"include models/{route.model}.conf;"


def _lines(found: Iterable[Location]) -> list[str]:
    return columns((f"location {one.where}", f"{{ {' '.join(one.does)} }}") for one in found)
