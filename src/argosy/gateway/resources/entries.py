"""The entries of Envoy's route table: a match, and what answers. No I/O.

The name of an entry is that of its model, which is how the access log gets to know it.
An entry leads to the replicas of a model, or holds an answer of the gateway's own. The first entry
that matches counts.
"""

from __future__ import annotations

from typing import Any

from argosy.gateway.resources import body_size
from argosy.gateway.resources.replies import Reply, header
from argosy.gateway.routing import Route

Resource = dict[str, Any]

TYPE = "type.googleapis.com/envoy.extensions."
LIMITED = "x-argosy-limit"  # tells which limit refused a request
METADATA = "argosy"  # the namespace of what Envoy knows of a route, a cluster, a replica, a body
FORM = "form"  # in it the name of the `failures.Form` of an entry
PATH = "argosy.path"  # the filter that keeps the path, and its place in Envoy's filter state
STREAM = "stream"  # whether the body asks for one; unknown where it is not read
FILTER_CONFIG = "type.googleapis.com/envoy.config.route.v3.FilterConfig"
ON: Resource = {"@type": FILTER_CONFIG, "config": {}}
OFF: Resource = {"@type": FILTER_CONFIG, "disabled": True}
SILENCE = 3600.0  # seconds without a byte in either direction, where a route sets no limit
SKIP: Resource = {
    "action": {
        "name": "skip",
        "typed_config": {"@type": f"{TYPE}filters.common.matcher.action.v3.SkipFilter"},
    }
}


def forward(
    match: Resource,
    destination: Resource,
    route: Route,
    *,
    rewrite: str = "",
    form: str = "",
    metered: bool = False,
) -> Resource:
    """Requests that match go to ``destination``, with ``rewrite`` for the matched path if given.

    There is no limit on a whole answer, since a stream may rightly take hours: what counts is how
    long nothing moves. ``destination`` is made by `revisions`. ``form`` names the `failures.Form`
    in which failures are told. What is ``metered`` uses up tokens.
    """
    action = {
        **destination,
        "timeout": "0s",
        "idle_timeout": f"{route.timeout or SILENCE:.3f}s",
        "retry_policy": _retry_policy(),
    }
    own = body_size.most(route.max_body)
    if rewrite:
        action["prefix_rewrite"] = rewrite
        own = {**own, PATH: ON}
    entry: Resource = {
        "name": route.model,
        "match": match,
        "route": action,
        "metadata": known(**_limited(route, metered), **_form(form)),
    }
    if own:
        entry["typed_per_filter_config"] = own
    return entry


def answer(match: Resource, reply: Reply, *, form: str = "") -> Resource:
    """Requests that match get ``reply``; ``form`` is that of other failures."""
    entry: Resource = {
        "match": match,
        "direct_response": {"status": reply.status, "body": {"inline_string": reply.body}},
    }
    if reply.model:
        entry["name"] = reply.model
    if told := {**({"model": reply.model} if reply.model else {}), **_form(form)}:
        entry["metadata"] = known(**told)
    if reply.headers:
        entry["response_headers_to_add"] = [header(*item) for item in reply.headers]
    return entry


def matched(extension: Resource, matcher: Resource) -> Resource:
    """The filter, to which ``matcher`` says what happens to a request: `SKIP` passes it over."""
    config = {
        "@type": f"{TYPE}common.matching.v3.ExtensionWithMatcher",
        "extension_config": extension,
        "xds_matcher": matcher,
    }
    return {"name": extension["name"], "typed_config": config}


def known(**facts: str) -> Resource:
    """Metadata that logs and metrics find again."""
    return {"filter_metadata": {METADATA: facts}}


def _form(name: str) -> dict[str, str]:
    return {FORM: name} if name else {}


def _limited(route: Route, metered: bool) -> dict[str, str]:
    """What limits are told by: only entries that lead to a model have it."""
    rate = route.limits.rate
    return {
        "model": route.model,
        "counted": "yes",
        **({"burst": str(rate.burst or rate.requests)} if rate else {}),
        **({"metered": "yes"} if metered else {}),
    }


def _retry_policy() -> Resource:
    """Only what no replica has answered is tried again, on a replica that was not tried before.

    Host selection prefers the replica with the fewest requests, which a dead one is: of two, the
    other one is chosen once in 16 times, so it takes many draws to be sure of it.
    """
    predicate = "envoy.retry_host_predicates.previous_hosts"
    kind = f"{TYPE}retry.host.previous_hosts.v3.PreviousHostsPredicate"
    return {
        "retry_on": "connect-failure,refused-stream,reset",
        "num_retries": 3,
        "retry_back_off": {"base_interval": "0.025s", "max_interval": "0.250s"},
        "retry_host_predicate": [{"name": predicate, "typed_config": {"@type": kind}}],
        "host_selection_retry_max_attempts": 500,
    }
