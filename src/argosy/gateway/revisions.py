"""The revisions of a model at the gateway: how their clusters are called, and who gets a request.

No I/O here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from argosy.gateway.entries import Resource
from argosy.gateway.routing import Route, Share

Kind = Literal["http", "grpc", "probes"]


def cluster(model_name: str, number: int, kind: Kind = "http") -> str:
    """The name of a revision's cluster; no model has a dot in its name, so none can clash."""
    name = f"{model_name}.r{number}"
    return name if kind == "http" else f"{name}.{kind}"


def addresses(share: Share, kind: Kind = "http") -> tuple[str, ...] | None:
    """Where the revision's replicas answer; None where they do not do so at all."""
    if kind == "http":
        return share.endpoints
    return (share.grpc_endpoints or None) if kind == "grpc" else share.probe_endpoints


def model_and_kind(cluster_name: str) -> tuple[str, Kind]:
    """Whose cluster it is, and for which kind of requests."""
    model_name, _, rest = cluster_name.partition(".")
    kind = rest.partition(".")[2]
    return model_name, "grpc" if kind == "grpc" else "probes" if kind == "probes" else "http"


def heir(route: Route, kind: Kind) -> str | None:
    """The cluster that takes over what is bound for a revision that is gone."""
    taking = next(_taking(route, kind), None)
    return cluster(route.model, taking.number, kind) if taking else None


def destination(route: Route, kind: Kind = "http") -> Resource | None:
    """Where requests go, as a part of Envoy's `RouteAction`; None while no revision takes any."""
    taking = tuple(_taking(route, kind))
    if not taking:
        return None
    return {"cluster": cluster(route.model, taking[0].number, kind)}


def _taking(route: Route, kind: Kind) -> Iterator[Share]:
    for share in route.revisions:
        if share.weight and addresses(share, kind):
            yield share
