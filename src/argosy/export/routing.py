"""The stack as its gateway would see it if every model had one ready replica. No I/O."""

from __future__ import annotations

from argosy.gateway.routing import Route, Routing, Share, longest_silence
from argosy.stack.model import Model, Stack
from argosy_runner import engines

SOMEWHERE = ("127.0.0.1:1",)  # addresses are found by name; only that there are some counts here


def routing(stack: Stack) -> Routing:
    """Models in the order of the gateway, by which its answers list them."""
    models = sorted(stack.models, key=lambda model: model.name)
    return Routing(stack.name, stack.gateway, tuple(_route(model) for model in models))


def is_served(route: Route) -> bool:
    """Whether an engine that is a server of its own answers, with the runner beside it."""
    return any(share.probe_endpoints is not None for share in route.revisions)


def _route(model: Model) -> Route:
    served = engines.is_served(model.engine)
    share = Share(
        1,
        endpoints=SOMEWHERE,
        grpc_endpoints=() if served else SOMEWHERE,
        probe_endpoints=SOMEWHERE if served else None,
    )
    return Route(
        model.name,
        (share,),
        timeout=longest_silence(model.timeout),
        max_body=model.max_body,
        limits=model.limits,
        aliases=model.aliases,
        path=model.route.path if model.route else None,
        host=model.route.host if model.route else None,
    )
