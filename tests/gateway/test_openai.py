from __future__ import annotations

import json
from typing import Any

from argosy.gateway.resources.entries import forward
from argosy.gateway.resources.openai import FORM, entries, filters
from argosy.gateway.routing import Route, Routing
from argosy.stack.model import Gateway, Limits
from tests.gateway.conftest import form_of, serving

DIGITS = Route("digits", serving("unix:/run/a"), timeout=2.5)
CHAT = Route("chat", (), "it loads", 9)
POST = {"prefix": "/v1/", "headers": [{"name": ":method", "string_match": {"exact": "POST"}}]}
LENGTH = {"name": "content-length", "range_match": {"start": 0, "end": 1 << 20}}
SMALL = {**POST, "headers": [*POST["headers"], LENGTH]}
ON = {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "config": {}}


def _entries(*routes: Route) -> list[dict[str, Any]]:
    return entries(Routing("desk", Gateway("127.0.0.1:8080"), routes))


def _posts(*routes: Route) -> list[dict[str, Any]]:
    return [entry for entry in _entries(*routes) if "POST" in json.dumps(entry["match"])]


def _with(key: str, value: dict[str, Any]) -> dict[str, Any]:
    metadata = {"filter": "argosy", "path": [{"key": key}], "value": value}
    return {**POST, "dynamic_metadata": [metadata]}


def _exactly(key: str, text: str) -> dict[str, Any]:
    return _with(key, {"string_match": {"exact": text}})


def test_the_filters_are_off_until_an_entry_turns_them_on() -> None:
    buffer, read_model = filters()

    assert buffer == {
        "name": "envoy.filters.http.buffer",
        "disabled": True,
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer",
            "max_request_bytes": 16 << 20,
        },
    }
    kind = "envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata"
    fault = {"metadata_namespace": "argosy", "key": "fault"}
    rule = {
        "selectors": [{"key": "model"}],
        "on_present": {"metadata_namespace": "argosy", "key": "model", "type": "PROTOBUF_VALUE"},
        "on_missing": {**fault, "value": "no model"},
        "on_error": {**fault, "value": "not JSON"},
    }
    asks = {"metadata_namespace": "argosy", "key": "stream"}
    stream = {
        "selectors": [{"key": "stream"}],
        "on_present": {**asks, "type": "PROTOBUF_VALUE"},
        "on_missing": {**asks, "value": False},
    }
    assert read_model == {
        "name": "envoy.filters.http.json_to_metadata",
        "disabled": True,
        "typed_config": {
            "@type": f"type.googleapis.com/{kind}",
            "request_rules": {
                "rules": [rule, stream],
                "allow_content_types_regex": {"regex": ".*"},
                "allow_empty_content_type": True,
            },
        },
    }


def test_only_what_has_not_been_read_is_read() -> None:
    """Envoy takes the filters of the entry that matches first, when nothing is known yet."""
    turned_on = [entry for entry in _entries(DIGITS, CHAT) if "typed_per_filter_config" in entry]

    read = {"envoy.filters.http.json_to_metadata": ON}
    assert [(one["match"], one["typed_per_filter_config"]) for one in turned_on] == [
        (SMALL, read),
        (POST, {"envoy.filters.http.buffer": ON, **read}),
    ]
    before = _posts(DIGITS, CHAT)[:-2]
    assert all("dynamic_metadata" in entry["match"] for entry in before)


def test_with_budgets_the_usage_is_read_from_the_answer() -> None:
    settings = Gateway(limits=Limits(tokens_per_day=1))
    turned_on = [
        entry["typed_per_filter_config"]
        for entry in entries(Routing("desk", settings, (DIGITS, CHAT)))
        if "typed_per_filter_config" in entry
    ]

    read = {"envoy.filters.http.json_to_metadata", "argosy.usage.json", "argosy.usage.events"}
    assert [set(one) for one in turned_on] == [read, {"envoy.filters.http.buffer", *read}]


def test_each_model_is_matched_by_what_the_body_names() -> None:
    digits, chat, *_ = _posts(DIGITS, CHAT)

    match, to = _exactly("model", "digits"), {"cluster": "digits.r1"}
    assert digits == forward(match, to, DIGITS, form="openai", metered=True)
    assert "prefix_rewrite" not in digits["route"]
    assert (form_of(chat), chat["match"]) == ("openai", _exactly("model", "chat"))
    assert chat["direct_response"]["status"] == 503


def test_an_only_model_also_gets_what_names_none() -> None:
    matches = [entry["match"] for entry in _posts(DIGITS) if "route" in entry]

    assert matches == [
        _exactly("model", "digits"),
        _exactly("fault", "no model"),
        _exactly("fault", "not JSON"),
    ]
    assert len([entry for entry in _posts(DIGITS, CHAT) if "route" in entry]) == 1


def test_the_rest_is_refused() -> None:
    refusals = [entry for entry in _posts(DIGITS, CHAT) if "route" not in entry][1:]

    assert [(entry["match"], entry["direct_response"]["status"]) for entry in refusals] == [
        (_exactly("fault", "not JSON"), 400),
        (_with("model", {"present_match": True}), 404),
        (SMALL, 400),
        (POST, 400),
    ]
    unknown_path = _entries(DIGITS, CHAT)[-1]
    assert unknown_path["match"] == {"prefix": "/v1/"}
    assert unknown_path["direct_response"]["status"] == 404


def test_every_entry_has_the_form_of_its_errors() -> None:
    assert {form_of(entry) for entry in _entries(DIGITS, CHAT)} == {"openai"}
    assert FORM.name == "openai"
    assert FORM.failed("It broke.") == {
        "json_format": {
            "error": {"message": "It broke.", "type": "server_error", "param": None, "code": None}
        },
        "content_type": "application/json",
    }


def test_a_stack_without_models_lists_none() -> None:
    (listing,) = [entry for entry in _entries() if entry["match"].get("path") == "/v1/models"]
    assert json.loads(listing["direct_response"]["body"]["inline_string"]) == {
        "object": "list",
        "data": [],
    }


def test_what_is_posted_meets_no_listing_on_its_way_to_its_entry() -> None:
    found = _entries(DIGITS, CHAT)
    assert [entry for entry in found if "POST" in json.dumps(entry["match"])] == found[:-5]
