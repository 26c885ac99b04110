"""Who may call: tokens are verified, revoked ones refused, and each reaches only its models.

A key is a token (RFC 7519) of the stack or of an outside issuer. Envoy's `jwt_authn` verifies it,
and two `rbac` filters go by what it says: is its id revoked, and does it name the model of the
entry that was chosen? No I/O here.

What a key of the stack says is told in two headers, which no caller can send: Envoy drops them
before it does anything else, and `jwt_authn` once more. To put all claims into the request's
metadata and to read them there takes longer than to verify a token again; only what outside issuers
say, whose tokens have any form, is read so.

The filters are in every listener, turned off, and the route table turns them on: a changed listener
would leave the connections that are there as they were, and a revoked key could go on calling.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from argosy.gateway.resources import cors
from argosy.gateway.resources.entries import METADATA, SKIP, TYPE, Resource, matched
from argosy.gateway.resources.issuers import provider as outside_provider
from argosy.gateway.routing import Routing
from argosy.keys.key import EVERY_MODEL, issuer_of

VERIFY = "envoy.filters.http.jwt_authn"
REVOKED = "argosy.revoked"
MODELS = "argosy.models"
REQUIREMENT = "key"
CLAIMS = "claims"
OWN = "argosy"
OPEN_PATHS = ("/health", "/ready")
SENT_IN = ("authorization", "x-api-key")
CALLER = "x-argosy-caller"
SCOPE = "x-argosy-scope"  # the models of a key of the stack; replicas do not see it
CLOCK_SKEW = 1  # seconds; unset means 60, and 0 means unset
IDS_AT_ONCE = 500  # in one expression, whose memory Envoy bounds
CACHED_TOKENS = 1000  # for each of Envoy's threads; checking a signature takes a while

JWT = f"{TYPE}filters.http.jwt_authn.v3."
RBAC = f"{TYPE}filters.http.rbac.v3."


@dataclass(frozen=True)
class Refusal:
    """Why somebody may not call: Envoy's reason, as a CEL expression over ``response``, in words.

    ``code`` is that of OpenAI's error object. Envoy's own status is replaced by ``status``.
    """

    reason: str
    status: int
    code: str
    detail: str


def _denied(what: str) -> str:
    return f"response.code_details.startsWith('jwt_authn_access_denied{{{what}')"


KEY_SENT = "Send one as `Authorization: Bearer <key>` or as `x-api-key`."
INVALID = "invalid_api_key"
REFUSALS = (
    Refusal(_denied("Jwt_is_missing"), 401, INVALID, f"No key was sent. {KEY_SENT}"),
    Refusal(_denied("Jwt_is_expired"), 401, INVALID, "The key has expired."),
    Refusal(
        _denied("Jwks_remote_fetch"),
        503,
        "issuer_unavailable",
        "The keys of the issuer that gave this one cannot be fetched now.",
    ),
    Refusal(_denied(""), 401, INVALID, f"This is not a key of this stack. {KEY_SENT}"),
    Refusal(
        "response.code_details == 'rbac_access_denied_matched_policy[revoked]'",
        401,
        INVALID,
        "The key has been revoked.",
    ),
    Refusal(
        "response.code_details.startsWith('rbac_access_denied')",
        403,
        "insufficient_permissions",
        "The key is not for this model.",
    ),
)


def is_told_in_headers(routing: Routing) -> bool:
    """Whether `CALLER` is the id of whoever called with a key, and no metadata tells it.

    Where nobody needs keys `CALLER` is an address, once a request is on its way to a replica.
    """
    return routing.gateway.needs_keys and not routing.gateway.issuers


def verifying(routing: Routing) -> list[Resource]:
    """The filter that verifies tokens; off, unless the route table turns it on."""
    providers = _providers(routing)
    if not providers:
        assert not routing.gateway.needs_keys, "there is something to check keys with"
        return []
    names = [{"provider_name": name} for name in providers]
    needed = names[0] if len(names) == 1 else {"requires_any": {"requirements": names}}
    config = {
        "@type": f"{JWT}JwtAuthentication",
        "providers": providers,
        "requirement_map": {REQUIREMENT: needed},
    }
    return [{"name": VERIFY, "disabled": True, "typed_config": config}]


def permitting(routing: Routing) -> list[Resource]:
    """The filters that go by what a verified token says, once the entry has been chosen."""
    if not _providers(routing):
        return []
    config = {"@type": f"{RBAC}RBAC"}
    revoked, models = ({"name": name, "typed_config": config} for name in (REVOKED, MODELS))
    if is_told_in_headers(routing):
        models = _unless_for_every_model(models)
    return [{**one, "disabled": True} for one in (revoked, models)]


def guarded(table: Resource, routing: Routing) -> Resource:
    """The route table, with what every entry needs so that only callers with a key get through."""
    if not routing.gateway.needs_keys:
        return table
    hosts = [
        {**host, "routes": [_guarded(entry, routing) for entry in host["routes"]]}
        for host in table["virtual_hosts"]
    ]
    removed = [*table.get("request_headers_to_remove", []), *SENT_IN, SCOPE]
    everywhere = {
        VERIFY: {"@type": f"{JWT}PerRouteConfig", "requirement_name": REQUIREMENT},
        MODELS: _rbac(None),
    }
    if revoked := _nobody_revoked(routing):
        everywhere[REVOKED] = _rbac(revoked)
    return {
        **table,
        "virtual_hosts": hosts,
        "request_headers_to_remove": removed,
        "typed_per_filter_config": {**table.get("typed_per_filter_config", {}), **everywhere},
    }


def _providers(routing: Routing) -> dict[str, Resource]:
    providers = {}
    if routing.trust.jwks:
        scope = [_told(SCOPE, "scope")] if is_told_in_headers(routing) else []
        own = {
            "issuer": issuer_of(routing.stack),
            "local_jwks": {"inline_string": routing.trust.jwks},
            "clock_skew_seconds": CLOCK_SKEW,
            "claim_to_headers": [_told(CALLER, "jti"), *scope],
        }
        providers[OWN] = {**own, **_everywhere(routing)}
    for issuer in routing.gateway.issuers:
        theirs = {"claim_to_headers": [_told(CALLER, "sub")]}
        providers[f"outside:{issuer.issuer}"] = {
            **outside_provider(issuer),
            **theirs,
            **_everywhere(routing),
        }
    return providers


def _told(header: str, claim: str) -> Resource:
    return {"header_name": header, "claim_name": claim}


def _everywhere(routing: Routing) -> Resource:
    return {
        "forward": False,
        "from_headers": [
            *({"name": "Authorization", "value_prefix": word} for word in ("Bearer ", "bearer ")),
            {"name": "x-api-key"},
        ],
        **({} if is_told_in_headers(routing) else {"payload_in_metadata": CLAIMS}),
        "jwt_cache_config": {"jwt_cache_size": CACHED_TOKENS},
    }


def _guarded(entry: Resource, routing: Routing) -> Resource:
    """What leads to no model needs a key, whichever; the gateway's own health needs none."""
    about = entry.get("metadata", {}).get("filter_metadata", {}).get(METADATA, {})
    if model := about.get("model"):
        return _with(entry, {MODELS: _rbac(_for_model(model, routing))})
    if entry["match"].get("path") in OPEN_PATHS:
        return _with(entry, {name: _off() for name in (VERIFY, REVOKED, MODELS)})
    leads = "route" in entry and entry["route"] != cors.NOWHERE
    assert not leads, "an entry that leads to a replica says to which model"
    return entry


def _with(entry: Resource, config: Resource) -> Resource:
    return {
        **entry,
        "typed_per_filter_config": {**entry.get("typed_per_filter_config", {}), **config},
    }


def _off() -> Resource:
    return {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": True}


def _rbac(config: Resource | None) -> Resource:
    kind = {"@type": f"{RBAC}RBACPerRoute"}
    return {**kind, "rbac": config} if config else kind


def _all(identities: list[Resource]) -> Resource:
    return {"and_ids": {"ids": identities}}


def _nobody_revoked(routing: Routing) -> Resource | None:
    revoked = sorted(key.id for key in routing.keys if key.revoked_at is not None)
    if not revoked:
        return None
    if is_told_in_headers(routing):
        parts = [revoked[at : at + IDS_AT_ONCE] for at in range(0, len(revoked), IDS_AT_ONCE)]
        patterns = [f"(.*,)?({'|'.join(map(re.escape, part))})(,.*)?" for part in parts]
        return _by_header(CALLER, patterns, _action("revoked", "DENY"), _action("others", "ALLOW"))
    one_of_them = _claim("jti", _any_of(revoked))
    return {"rules": {"action": "DENY", "policies": {"revoked": _policy([one_of_them])}}}


def _for_model(model: str, routing: Routing) -> Resource:
    """Keys that name the model or every model, and outside tokens that name it, or none at all."""
    named = rf"(\*|([^,]* )?{re.escape(model)}( [^,]*)?)"
    if is_told_in_headers(routing):
        return _by_header(SCOPE, [f"{named}(,{named})*"], _action("model", "ALLOW"))
    ours = _claim("iss", {"string_match": {"exact": issuer_of(routing.stack)}})
    says_it = _claim("scope", {"string_match": {"safe_regex": {"regex": named}}})
    lists_it = _claim("models", {"list_match": {"one_of": _any_of([model, EVERY_MODEL])}})
    says_models = _claim("models", {"present_match": True})
    principals = [
        _all([ours, says_it]),
        _all([{"not_id": ours}, lists_it]),
        _all([{"not_id": ours}, {"not_id": says_models}]),
    ]
    return {"rules": {"action": "ALLOW", "policies": {"model": _policy(principals)}}}


def _by_header(
    name: str, patterns: list[str], found: Resource, other: Resource | None = None
) -> Resource:
    """What becomes of a request whose header matches one; without ``other``, others are refused.

    Of several keys that are sent Envoy's matchers see all values, with commas between them.
    """
    predicates = [
        {
            "input": _value_of(name),
            "value_match": {"safe_regex": {"google_re2": {}, "regex": pattern}},
        }
        for pattern in patterns
    ]
    matchers = [{"predicate": {"single_predicate": one}, "on_match": found} for one in predicates]
    rest = {"on_no_match": other} if other else {}
    return {"matcher": {"matcher_list": {"matchers": matchers}, **rest}}


def _action(name: str, action: str) -> Resource:
    kind = "type.googleapis.com/envoy.config.rbac.v3.Action"
    return {
        "action": {"name": name, "typed_config": {"@type": kind, "name": name, "action": action}}
    }


def _unless_for_every_model(permission: Resource) -> Resource:
    """The filter, passed over for a key that is for every model: most are, and it takes a while."""
    every = {"input": _value_of(SCOPE), "exact_match_map": {"map": {EVERY_MODEL: SKIP}}}
    return matched(permission, {"matcher_tree": every})


def _value_of(header: str) -> Resource:
    kind = "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput"
    return {"name": header, "typed_config": {"@type": kind, "header_name": header}}


def _policy(principals: list[Resource]) -> Resource:
    return {"permissions": [{"any": True}], "principals": principals}


def _any_of(texts: list[str]) -> Resource:
    matchers = [{"string_match": {"exact": text}} for text in texts]
    return {"or_match": {"value_matchers": matchers}} if len(matchers) > 1 else matchers[0]


def _claim(name: str, value: Resource) -> Resource:
    matcher: dict[str, Any] = {
        "filter": VERIFY,
        "path": [{"key": CLAIMS}, {"key": name}],
        "value": value,
    }
    return {"sourced_metadata": {"metadata_matcher": matcher, "metadata_source": "DYNAMIC"}}
