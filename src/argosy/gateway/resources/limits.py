"""Limits of requests that Envoy counts itself: per key, per model, per address. No I/O here.

Each kind has a filter of its own, so that a refusal can say which limit it was. A bucket belongs to
the filter's configuration, not to an entry: entries of a model share one, and it outlives changes
of the route table. What leads to no model is counted per address only.
"""

from __future__ import annotations

from argosy.gateway.resources.authentication import CALLER, CLAIMS, VERIFY, is_told_in_headers
from argosy.gateway.resources.entries import LIMITED, METADATA, OFF, SKIP, TYPE, Resource, matched
from argosy.gateway.routing import Routing
from argosy.stack.model import Rate

PER_KEY, PER_ADDRESS = "gateway.limits.per_key", "gateway.limits.per_address"
PER_MODEL = f"models.%METADATA(ROUTE:{METADATA}:model)%.limits.rate"
TOLD = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
FILTER = "envoy.filters.http.local_ratelimit"
ADDRESS = "address"
LOCAL_LIMIT = f"{TYPE}filters.http.local_ratelimit.v3.LocalRateLimit"
TYPED_STRUCT = "type.googleapis.com/xds.type.v3.TypedStruct"
# The least recently used bucket beyond so many is dropped, and is full when it is made again.
FEWEST_BUCKETS = 1024
ADDRESSES = 65536
LARGEST = 4294967295


def address_filters(routing: Routing) -> list[Resource]:
    """What comes before the model is known: one limit for each address."""
    rate = routing.gateway.limits.per_address
    if not rate or routing.counts_elsewhere:
        return []
    buckets = [_descriptor(rate, masked_remote_address="")]
    actions = [address()]
    limit = _filter(ADDRESS, PER_ADDRESS, [{"actions": actions}], buckets, most=ADDRESSES)
    return [_unless_told(limit) if filters(routing) else limit]


def uncounted(routing: Routing) -> Resource:
    """What an entry has by which the gateway's own health is asked: it is always told."""
    if routing.counts_elsewhere or not routing.gateway.limits.per_address:
        return {}
    return {"typed_per_filter_config": {f"{FILTER}.{ADDRESS}": OFF}}


def filters(routing: Routing) -> list[Resource]:
    """What comes once key and model are known: a limit for each key, then one for each model."""
    if routing.counts_elsewhere:
        return []
    keys = _key_descriptors(routing)
    models = [
        _descriptor(route.limits.rate, model=route.model)
        for route in routing.routes
        if route.limits.rate
    ]
    found = []
    if keys:
        most = _above(len(routing.keys))
        actions = [_to_a_model(), key(routing)]
        limit = _filter("key", PER_KEY, [{"actions": actions}], keys, most=most)
        found.append(_unless_told(limit) if models else limit)
    if models:
        actions = [model()]
        found.append(_filter("model", PER_MODEL, [{"actions": actions}], models, told=not keys))
    return found


def model() -> Resource:
    """The action that tells the model of a request; without one, none of the limit's actions do."""
    return metadata("model", METADATA, "model", source="ROUTE_ENTRY")


def key(routing: Routing, **more: object) -> Resource:
    """The action that tells whose key it is."""
    if is_told_in_headers(routing):
        return {"request_headers": {"header_name": CALLER, "descriptor_key": "key", **more}}
    return metadata("key", VERIFY, CLAIMS, "jti", source="DYNAMIC", **more)


def address() -> Resource:
    """The action that tells the address; of IPv6 the network, since a caller has all of one."""
    return {"masked_remote_address": {"v4_prefix_mask_len": 32, "v6_prefix_mask_len": 64}}


def metadata(name: str, namespace: str, *path: str, source: str, **more: object) -> Resource:
    """An action that tells what is found in metadata, where that is text."""
    where = {"key": namespace, "path": [{"key": part} for part in path]}
    return {"metadata": {"descriptor_key": name, "metadata_key": where, "source": source, **more}}


def reset() -> Resource:
    """What a refusal of a limit that tells nothing else lacks: how long to wait is known later."""
    header = {"key": TOLD[2], "value": "%RESP(retry-after)%"}
    return {"header": header, "append_action": "ADD_IF_ABSENT"}


def _key_descriptors(routing: Routing) -> list[Resource]:
    """The rates of those keys that have one, then the bucket of each other key."""
    own = [
        _descriptor(one.rate, counted="yes", key=one.id)
        for one in sorted(routing.keys, key=lambda one: one.id)
        if one.rate and not one.revoked_at
    ]
    rate = routing.gateway.limits.per_key
    return [*own, *([_descriptor(rate, counted="yes", key="")] if rate else [])]


def _filter(
    name: str,
    limit: str,
    rate_limits: list[Resource],
    descriptors: list[Resource],
    *,
    most: int = FEWEST_BUCKETS,
    told: bool = True,
) -> Resource:
    """Envoy's protobuf classes know no `enable_retry_after_header` yet: hence the plain struct."""
    always = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    more = (
        [] if told else [_header(TOLD[0], f"%METADATA(ROUTE:{METADATA}:burst)%"), *_nothing_left()]
    )
    value = {
        "stat_prefix": name,
        "filter_enabled": always,
        "filter_enforced": always,
        "rate_limits": rate_limits,
        "descriptors": descriptors,
        "max_dynamic_descriptors": most,
        "always_consume_default_token_bucket": False,
        "enable_x_ratelimit_headers": "DRAFT_VERSION_03" if told else "OFF",
        "enable_retry_after_header": True,
        "rate_limited_as_resource_exhausted": True,
        "response_headers_to_add": [_header(LIMITED, limit), *more],
    }
    typed = {"@type": TYPED_STRUCT, "type_url": LOCAL_LIMIT, "value": value}
    return {"name": f"{FILTER}.{name}", "typed_config": typed}


def _descriptor(rate: Rate | None, **entries: str) -> Resource:
    """The bucket of what these entries say; an empty value stands for every value by itself."""
    assert rate
    return {
        "entries": [{"key": name, "value": value} for name, value in entries.items()],
        "token_bucket": {
            "max_tokens": _burst(rate),
            "tokens_per_fill": rate.requests,
            "fill_interval": f"{rate.seconds:.0f}s",
        },
    }


def _burst(rate: Rate) -> int:
    return rate.burst or rate.requests


def _above(keys: int) -> int:
    """A power of two, so that the filter, and with it every bucket, stays when keys are added."""
    return max(FEWEST_BUCKETS, 1 << (2 * keys).bit_length())


def _to_a_model() -> Resource:
    return metadata("counted", METADATA, "counted", source="ROUTE_ENTRY")


def _header(name: str, value: str) -> Resource:
    action = "OVERWRITE_IF_EXISTS_OR_ADD"
    return {"header": {"key": name, "value": value}, "append_action": action}


def _nothing_left() -> list[Resource]:
    return [_header(TOLD[1], "0")]


def _unless_told(limit: Resource) -> Resource:
    """The limit, which says nothing to an answer that a limit behind it has said something to.

    Each adds headers of its own, and an answer passes the nearest to the model first: so they are
    of the limit that refused, else of the nearest. To drop them afterwards would take longer.
    """
    told = "type.googleapis.com/envoy.type.matcher.v3.HttpResponseHeaderMatchInput"
    has_been_told = {
        "single_predicate": {
            "input": {"name": "told", "typed_config": {"@type": told, "header_name": TOLD[0]}},
            "value_match": {"safe_regex": {"google_re2": {}, "regex": ".+"}},
        }
    }
    told_already = {"predicate": has_been_told, "on_match": SKIP}
    return matched(limit, {"matcher_list": {"matchers": [told_already]}})
