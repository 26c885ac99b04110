"""Routing in, Envoy's resources out: plain dicts in the JSON form of its protobuf messages. No I/O.

The field names are those of Envoy's API v3 reference. Tests compare the dicts whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from argosy.certificates import Certificate
from argosy.gateway.resources import counting, metrics_listener, tls, traces
from argosy.gateway.resources.clusters import clusters, endpoints
from argosy.gateway.resources.entries import Resource
from argosy.gateway.resources.listener import NOWHERE, listeners
from argosy.gateway.resources.route_table import route_tables
from argosy.gateway.routing import Places, Routing


@dataclass(frozen=True)
class Snapshot:
    """All that Envoy is told, by type and by name."""

    clusters: dict[str, Resource] = field(default_factory=dict)
    endpoints: dict[str, Resource] = field(default_factory=dict)
    listeners: dict[str, Resource] = field(default_factory=dict)
    routes: dict[str, Resource] = field(default_factory=dict)
    secrets: dict[str, Resource] = field(default_factory=dict)


def snapshot(
    routing: Routing, places: Places = NOWHERE, certificate: Certificate | None = None
) -> Snapshot:
    """The resources that make Envoy serve ``routing``; equal routings give equal snapshots.

    ``certificate`` is that of a gateway that the stack file gives one.
    """
    return Snapshot(
        clusters={
            **clusters(routing),
            **counting.clusters(routing, places.limits_socket),
            **metrics_listener.clusters(routing, places),
            **traces.clusters(routing),
        },
        endpoints=endpoints(routing),
        listeners={**listeners(routing, places), **metrics_listener.listeners(routing, places)},
        routes=route_tables(routing),
        secrets=tls.secrets(certificate),
    )
