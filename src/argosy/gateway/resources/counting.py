"""What Envoy has the service of `argosy.limits` count: how it asks, and what it reads for that.

It is asked when a request comes, and told at the end of those that it gave a lease to. No I/O here.
"""

from __future__ import annotations

from argosy.gateway.resources.bootstrap import OPTIONS
from argosy.gateway.resources.entries import METADATA, ON, TYPE, Resource
from argosy.gateway.resources.limits import TYPED_STRUCT, address, key, metadata, model
from argosy.gateway.routing import Routing
from argosy.limits.rules import Rules

CLUSTER = "argosy:limits"  # a model's name has no colon, so none can clash
DOMAIN = "argosy"
FILTER = "envoy.filters.http.ratelimit"
ASK_SECONDS = "1s"  # the service itself waits for Redis a tenth of that
USAGE = "argosy.usage"
READ_JSON, READ_EVENTS = f"{USAGE}.json", f"{USAGE}.events"
JSON_RULES = f"{TYPE}filters.http.json_to_metadata.v3.JsonToMetadata"
# Envoy's protobuf classes for Python do not know these yet.
EVENT_RULES = f"{TYPE}filters.http.sse_to_metadata.v3.SseToMetadata"
EVENT_PARSER = f"{TYPE}content_parsers.json.v3.JsonContentParser"
LARGEST_EVENT = 1 << 20
ASKED_USAGE = "x-argosy-usage"
UNLIMITED = 1_000_000


def rules(routing: Routing) -> Rules | None:
    """What the service counts by; None when there is nothing for it."""
    limits, gateway = routing.gateway.limits, routing.gateway
    of_models = {route.model: route.limits for route in routing.routes}
    made = Rules(
        routing.stack,
        concurrency=limits.concurrency,
        model_concurrency={
            name: one.concurrency for name, one in of_models.items() if one.concurrency
        },
        tokens_per_minute=limits.tokens_per_minute,
        tokens_per_day=limits.tokens_per_day,
        redis=gateway.redis,
        redis_failure=gateway.redis_failure if gateway.redis else "allow",
        **(_rates(routing) if routing.counts_elsewhere else {}),
    )
    nothing = Rules(routing.stack, redis=made.redis, redis_failure=made.redis_failure)
    return None if made == nothing else made


def clusters(routing: Routing, socket: str) -> dict[str, Resource]:
    """The service itself, by name."""
    if rules(routing) is None:
        return {}
    unlimited = ("max_connections", "max_pending_requests", "max_requests", "max_retries")
    endpoint = {"endpoint": {"address": {"pipe": {"path": socket}}}}
    options: Resource = {"explicit_http_config": {"http2_protocol_options": {}}}
    one = {
        "name": CLUSTER,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {
            "cluster_name": CLUSTER,
            "endpoints": [{"lb_endpoints": [endpoint]}],
        },
        "circuit_breakers": {"thresholds": [dict.fromkeys(unlimited, UNLIMITED)]},
        "typed_extension_protocol_options": {
            OPTIONS: {"@type": f"type.googleapis.com/{OPTIONS}", **options}
        },
    }
    return {CLUSTER: one}


def filters(routing: Routing) -> list[Resource]:
    """What asks, last of all that may refuse; before it, off, what reads the usage."""
    counted = rules(routing)
    if counted is None:
        return []
    service = {"envoy_grpc": {"cluster_name": CLUSTER}, "timeout": ASK_SECONDS}
    ask = {
        "@type": f"{TYPE}filters.http.ratelimit.v3.RateLimit",
        "domain": DOMAIN,
        "timeout": ASK_SECONDS,
        "failure_mode_deny": counted.redis_failure == "deny",
        "status_on_error": {"code": "ServiceUnavailable"},
        "rate_limited_as_resource_exhausted": True,
        "disable_x_envoy_ratelimited_header": True,
        "rate_limit_service": {"grpc_service": service, "transport_api_version": "V3"},
    }
    return [*(_usage_filters() if _budgets(routing) else []), {"name": FILTER, "typed_config": ask}]


def questions(routing: Routing) -> Resource:
    """What the virtual host has the filter ask for its entries that lead to a model."""
    counted = rules(routing)
    if counted is None:
        return {}
    budgets = _budgets(routing)
    known = {"skip_if_absent": True}
    length = {"header_name": "content-length", "descriptor_key": "length", **known}
    admit: Resource = {
        "actions": [
            _said("admit"),
            model(),
            key(routing, **known),
            address(),
            *(
                [
                    metadata("metered", METADATA, "metered", source="ROUTE_ENTRY", **known),
                    {"request_headers": length},
                ]
                if budgets
                else []
            ),
        ]
    }
    lease = metadata("lease", FILTER, "lease", source="DYNAMIC")
    usage = [metadata(one, USAGE, one, source="DYNAMIC", **known) for one in ("tokens", "stream")]
    settle: Resource = {
        # No lease, nothing to settle: an action that finds nothing ends the whole descriptor.
        "actions": [_said("settle"), lease, key(routing, **known), *(usage if budgets else [])],
        "hits_addend": {"format": "%BYTES_SENT%"},
        "apply_on_stream_done": True,
    }
    leases = budgets or counted.concurrency or counted.model_concurrency
    # Where a virtual host has them as its own `rate_limits`, Envoy drops `hits_addend`.
    asked = {
        "@type": f"{TYPE}filters.http.ratelimit.v3.RateLimitPerRoute",
        "rate_limits": [admit, *([settle] if leases else [])],
    }
    return {"typed_per_filter_config": {FILTER: asked}}


def read_usage(routing: Routing) -> Resource:
    """What turns reading the usage on, by the names of the filters."""
    return {READ_JSON: ON, READ_EVENTS: ON} if _budgets(routing) else {}


def ask_for_usage(routing: Routing) -> list[Resource]:
    """A header by which a runner tells the usage of a stream even if its client did not ask."""
    header = {"header": {"key": ASKED_USAGE, "value": "yes"}}
    overwrite = {"append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
    return [{**header, **overwrite}] if _budgets(routing) else []


def _budgets(routing: Routing) -> bool:
    limits = routing.gateway.limits
    return bool(limits.tokens_per_minute or limits.tokens_per_day)


def _rates(routing: Routing) -> Resource:
    limits = routing.gateway.limits
    return {
        "per_key": limits.per_key,
        "per_address": limits.per_address,
        "key_rates": {one.id: one.rate for one in routing.keys if one.rate and not one.revoked_at},
        "model_rates": {
            route.model: route.limits.rate for route in routing.routes if route.limits.rate
        },
    }


def _usage_filters() -> list[Resource]:
    tokens = {"metadata_namespace": USAGE, "key": "tokens", "type": "STRING"}
    unsaid = {"metadata_namespace": USAGE, "key": "stream", "value": "yes"}
    total: Resource = {
        "selectors": [{"key": "usage"}, {"key": "total_tokens"}],
        "on_present": tokens,
    }
    of_response = {**total, "selectors": [{"key": "response"}, *total["selectors"]]}
    never = {"on_missing": unsaid, "on_error": unsaid}
    # What every event has tells at once that it is a stream: its client may leave before the end.
    begun = [{"selectors": [{"key": key}], "on_present": unsaid} for key in ("object", "type")]
    whole = {
        "@type": JSON_RULES,
        "response_rules": {"rules": [total], "allow_content_types": ["application/json"]},
    }
    parser = {
        "@type": TYPED_STRUCT,
        "type_url": EVENT_PARSER,
        "value": {"rules": [{"rule": one} for one in ({**total, **never}, of_response, *begun)]},
    }
    events = {
        "@type": TYPED_STRUCT,
        "type_url": EVENT_RULES,
        "value": {
            "response_rules": {
                "content_parser": {"name": "envoy.content_parsers.json", "typed_config": parser},
                "max_event_size": LARGEST_EVENT,
            }
        },
    }
    return [
        {"name": READ_JSON, "disabled": True, "typed_config": whole},
        {"name": READ_EVENTS, "disabled": True, "typed_config": events},
    ]


def _said(word: str) -> Resource:
    return {"generic_key": {"descriptor_key": "ask", "descriptor_value": word}}
