"""The revisions of a model at the gateway: how their clusters are called, and who gets a request.

A request goes to a revision by weight, and a caller stays with the revision it came to; or it names
a published one in ``x-argosy-revision``. No I/O here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from argosy.gateway.resources import mirrors
from argosy.gateway.resources.caller import HASH_POLICY, READ_CALLER
from argosy.gateway.resources.entries import ON, Resource, answer, forward
from argosy.gateway.resources.replies import Reply, header
from argosy.gateway.routing import ALIAS_HEADER, REVISION_HEADER, Route, Share

Kind = Literal["http", "grpc", "probes"]


def cluster(model_name: str, number: int, kind: Kind = "http") -> str:
    """The name of a revision's cluster; no model has a dot in its name, so none can clash."""
    name = f"{model_name}.r{number}"
    return name if kind == "http" else f"{name}.{kind}"


def model_and_kind(cluster_name: str) -> tuple[str, Kind]:
    """Whose cluster it is, and for which kind of requests."""
    model_name, _, rest = cluster_name.partition(".")
    kind = rest.partition(".")[2]
    return model_name, "grpc" if kind == "grpc" else "probes" if kind == "probes" else "http"


def addresses(share: Share, kind: Kind = "http") -> tuple[str, ...] | None:
    """Where the revision's replicas answer; None where they do not do so at all."""
    if kind == "http":
        return share.endpoints
    return (share.grpc_endpoints or None) if kind == "grpc" else share.probe_endpoints


def heir(route: Route, kind: Kind) -> str | None:
    """The cluster that takes over what is bound for a revision that is gone."""
    taking = next(_taking(route, kind), None)
    return cluster(route.model, taking.number, kind) if taking else None


def entries(
    match: Resource,
    route: Route,
    unavailable: Reply,
    *,
    kind: Kind = "http",
    rewrite: str = "",
    form: str = "",
    metered: bool = False,
) -> list[Resource]:
    """Requests that match go to a revision by weight; while none takes any, get ``unavailable``."""
    by_weight = destination(route, kind)
    if by_weight is None:
        return [answer(match, unavailable, form=form)]
    chosen = forward(match, by_weight, route, rewrite=rewrite, form=form, metered=metered)
    if "weighted_clusters" in by_weight:
        others = chosen.get("typed_per_filter_config", {})
        chosen["typed_per_filter_config"] = {**others, READ_CALLER: ON}
    copies = {
        cluster(route.model, share.number, kind): share.mirrored
        for share in route.revisions
        if share.mirrored and not share.weight and addresses(share, kind)
    }
    return [*mirrors.entries(chosen, copies), chosen]


def named(
    every: Resource,
    matches: Iterable[tuple[Resource, str]],
    route: Route,
    unknown: Reply,
    *,
    kind: Kind = "http",
    form: str = "",
    metered: bool = False,
) -> list[Resource]:
    """Requests that name a revision go to it; those that name another get ``unknown``.

    ``matches`` come with what replaces the matched path; ``every`` matches all of them at once,
    since these entries are looked at for every request. They stand before all `entries`.
    """
    published = [share for share in route.revisions if addresses(share, kind) is not None]
    if not published:
        return []
    found = []
    for share in published if len(published) > 1 else ():
        only = {"cluster": cluster(route.model, share.number, kind)}
        exactly = {"string_match": {"exact": f"r{share.number}"}}
        found += [
            forward(
                _with_header(match, exactly),
                only,
                route,
                rewrite=rewrite,
                form=form,
                metered=metered,
            )
            for match, rewrite in matches
        ]
    known = "|".join(f"r{share.number}" for share in published)
    another = {"string_match": {"safe_regex": {"regex": known}}, "invert_match": True}
    refused = _with_header(every, {"present_match": True}, another)
    return [*found, answer(refused, unknown, form=form)]


def known_as(name: str, route: Route, found: list[Resource]) -> list[Resource]:
    """``found``, which tell replicas the alias by which their model is asked for, if it is one."""
    if name == route.model:
        return found
    told = header(ALIAS_HEADER, name)
    return [
        {**one, "request_headers_to_add": [*one.get("request_headers_to_add", []), told]}
        if "route" in one
        else one
        for one in found
    ]


def destination(route: Route, kind: Kind = "http") -> Resource | None:
    """Where requests go, as a part of Envoy's `RouteAction`; None while no revision takes any.

    The newest revision comes first: as its weight grows callers move to it, and none moves back.
    """
    taking = sorted(_taking(route, kind), key=lambda share: -share.number)
    if not taking:
        return None
    weights = [(cluster(route.model, share.number, kind), share.weight) for share in taking]
    if len(weights) == 1:
        return {"cluster": weights[0][0]}
    clusters = [{"name": one, "weight": weight} for one, weight in weights]
    return {
        "weighted_clusters": {"clusters": clusters, "use_hash_policy": True},
        "hash_policy": HASH_POLICY,
    }


def is_mirrored(route: Route) -> bool:
    """Whether a revision gets copies of others' requests."""
    return any(share.mirrored and not share.weight for share in route.revisions)


def is_shared(route: Route) -> bool:
    """Whether several revisions take requests."""
    return len(list(_taking(route, "http"))) > 1


def _taking(route: Route, kind: Kind) -> Iterator[Share]:
    for share in route.revisions:
        if share.weight and addresses(share, kind):
            yield share


def _with_header(match: Resource, *conditions: Resource) -> Resource:
    """The header comes first, since hardly any request has it: then no more is compared."""
    headers = [{"name": REVISION_HEADER, **condition} for condition in conditions]
    return {**match, "headers": [*headers, *match.get("headers", [])]}
