"""How the failures read that Envoy meets on its way: no replica, a connection lost. No I/O.

Each protocol has its own form of an error. The entries of a protocol bear its name, and by that
name Envoy finds the form; all others get problem+json (RFC 9457).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from argosy.gateway.resources import limits
from argosy.gateway.resources.authentication import REFUSALS
from argosy.gateway.resources.entries import FORM, LIMITED, METADATA
from argosy.gateway.resources.replies import JSON, PROBLEM, header

Filter = dict[str, Any]
Format = dict[str, Any]

RETRY_AFTER = 1  # seconds, for failures that the next attempt may not meet
TOO_LARGE_TO_REPEAT = "The replica was lost, and the request is too large to be tried again."
SHORT_OF_MEMORY = "The gateway is short of memory."
ENVOYS_WORDS = "%LOCAL_REPLY_BODY%"

# Envoy's response flags (its access log reference), what they mean to a caller, and whether trying
# again may help. The first match counts.
FAILURES = (
    (("UT",), "The model did not answer in time.", False),
    (("SI", "DT"), "Nothing was sent for too long.", False),
    (("UH",), "No replica is ready.", True),
    (("UF",), "No connection to a replica could be made.", True),
    (("UC", "UR", "LR"), "The replica ended before it answered.", True),
    (("URX",), "The model could not take the request.", True),
    (("OM",), SHORT_OF_MEMORY, True),
    (("RLSE",), "Requests cannot be counted now, and uncounted ones are refused.", True),
)
TOO_MANY = "As many requests as the model takes are in flight already."
OVER_LIMIT_DETAILS = ("local_rate_limited", "request_rate_limited")
OVER_LIMIT = f"Too many {{}}: over the limit %RESP({LIMITED})%. Try again in %RESP(retry-after)% s."


@dataclass(frozen=True)
class Form:
    """How errors read on the entries of this name.

    ``failed`` and ``refused`` turn a sentence into Envoy's `SubstitutionFormatString`, for what
    went wrong here and for what is wrong with the request. The gateway's own answers, which are
    whole already, are sent as ``content_type``. ``coded`` is ``refused`` with the code of a reason,
    where the form has a place for it; ``limited`` does so for too many of something, "requests" or
    "tokens", and is given that word too. ``too_many`` is for a model that has enough to do, with
    the headers that go with it. What is refused before its entry is found has the form of the
    ``prefix`` of its path.
    """

    name: str
    failed: Callable[[str], Format]
    refused: Callable[[str], Format]
    too_many: Callable[[str], Format]
    content_type: str = JSON
    coded: Callable[[str, str], Format] | None = None
    too_many_headers: tuple[tuple[str, str], ...] = ()
    prefix: str = ""
    limited: Callable[[str, str], Format] | None = None


def problem(detail: str) -> Format:
    """An error as problem+json."""
    body = {
        "type": "about:blank",
        "status": "%RESPONSE_CODE%",
        "detail": detail,
        "reason": "%RESPONSE_CODE_DETAILS%",
    }
    return {"json_format": body, "content_type": PROBLEM}


def local_replies(forms: tuple[Form, ...]) -> dict[str, Any]:
    """The body of every reply that Envoy makes itself; the gateway's own answers keep theirs."""
    return {
        "mappers": [
            *(_overload(form) for form in forms if form.prefix),
            _mapper([_overloaded()], problem(SHORT_OF_MEMORY), retry=True),
            *(mapper for form in forms for mapper in _form(form)),
            _mapper([_direct(), _status("LE", 399)], _kept(JSON)),
            _mapper([_direct()], _kept(PROBLEM)),
            *_refusals([], lambda detail, _: problem(detail)),
            *_limited([], lambda detail, _: problem(detail)),
            *_failures([], problem),
            _too_many([], problem),
        ],
        "body_format": problem(ENVOYS_WORDS),
    }


def _overload(form: Form) -> dict[str, Any]:
    here = _expression(f"request.path.startsWith('{form.prefix}')")
    return _mapper([here, _overloaded()], form.failed(SHORT_OF_MEMORY), retry=True)


def _overloaded() -> Filter:
    return _expression("response.code_details == 'overload'")


def _form(form: Form) -> list[dict[str, Any]]:
    here = _expression(f"xds.route_metadata.filter_metadata.{METADATA}.{FORM} == '{form.name}'")
    return [
        _mapper([here, _direct()], _kept(form.content_type)),
        *_refusals([here], form.coded or (lambda detail, _: form.refused(detail))),
        *_limited([here], form.limited or (lambda detail, _: form.refused(detail))),
        *_failures([here], form.failed),
        _too_many([here], form.too_many, form.too_many_headers),
        _mapper([here], form.refused(ENVOYS_WORDS)),
    ]


def _limited(where: list[Filter], body: Callable[[str, str], Format]) -> list[dict[str, Any]]:
    """Whoever refuses, Envoy or the service that counts for it, says how long to wait."""
    over = _expression(f"response.code_details in {list(OVER_LIMIT_DETAILS)}")
    of_tokens = _expression(f"response.headers['{LIMITED}'].contains('.tokens_per_')")
    half_told = _expression(f"'{limits.TOLD[0]}' in response.headers")
    requests = body(OVER_LIMIT.format("requests"), "requests")
    return [
        _mapper([*where, over, of_tokens], body(OVER_LIMIT.format("tokens"), "tokens")),
        {**_mapper([*where, over, half_told], requests), "headers_to_add": [limits.reset()]},
        _mapper([*where, over], requests),
    ]


def _failures(where: list[Filter], body: Callable[[str], Format]) -> list[dict[str, Any]]:
    too_large = _mapper([*where, _status("EQ", 507)], body(TOO_LARGE_TO_REPEAT), retry=True)
    return [
        {**too_large, "status_code": 503},
        *(
            _mapper([*where, _flags(*flags)], body(detail), retry)
            for flags, detail, retry in FAILURES
        ),
    ]


def _refusals(where: list[Filter], body: Callable[[str, str], Format]) -> Iterator[dict[str, Any]]:
    for refusal in REFUSALS:
        here = [*where, _expression(refusal.reason)]
        mapper = _mapper(here, body(refusal.detail, refusal.code), retry=refusal.status == 503)
        if refusal.status == 401:
            mapper["headers_to_add"] = [header("www-authenticate", "Bearer")]
        yield {**mapper, "status_code": refusal.status}


def _too_many(
    where: list[Filter],
    body: Callable[[str], Format],
    headers: tuple[tuple[str, str], ...] = (),
) -> dict[str, Any]:
    """After `_failures`: a request that was lost and may not be tried again has this flag too."""
    mapper = _mapper([*where, _flags("UO")], body(TOO_MANY), retry=True)
    mapper["headers_to_add"] += [header(*item) for item in headers]
    return {**mapper, "status_code": 429}


def _flags(*flags: str) -> Filter:
    return {"response_flag_filter": {"flags": list(flags)}}


def _mapper(filters: list[Filter], body: Format, retry: bool = False) -> dict[str, Any]:
    only = filters[0] if len(filters) == 1 else {"and_filter": {"filters": filters}}
    mapper: dict[str, Any] = {"filter": only, "body_format_override": body}
    if retry:
        mapper["headers_to_add"] = [header("retry-after", str(RETRY_AFTER))]
    return mapper


def _kept(content_type: str) -> Format:
    return {"text_format_source": {"inline_string": ENVOYS_WORDS}, "content_type": content_type}


def _direct() -> Filter:
    return _expression("response.code_details == 'direct_response'")


def _expression(text: str) -> Filter:
    kind = "type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter"
    return {
        "extension_filter": {
            "name": "envoy.access_loggers.extension_filters.cel",
            "typed_config": {"@type": kind, "expression": text},
        }
    }


def _status(comparison: str, status: int) -> Filter:
    value = {"default_value": status, "runtime_key": "argosy.unused"}
    return {"status_code_filter": {"comparison": {"op": comparison, "value": value}}}
