from __future__ import annotations

from typing import Any

from argosy.gateway.resources.entries import forward
from argosy.gateway.resources.open_inference_grpc import FORM, entries
from argosy.gateway.routing import Route, Routing
from argosy.stack.model import Gateway
from tests.gateway.conftest import form_of, serving

DIGITS = Route("digits", serving("unix:/run/s", grpc_endpoints=("unix:/run/g",)), timeout=2.5)
TO_DIGITS = {"cluster": "digits.r1.grpc"}
HTTP_ONLY = Route("http", serving("unix:/run/h"))
CHAT = Route("chat", (), "it loads", 9)
CALL = {"prefix": "/inference.GRPCInferenceService/", "grpc": {}}
KEYS = ["model", "mm-model-id", "seldon-model"]


def _entries(*routes: Route) -> list[dict[str, Any]]:
    return entries(Routing("desk", Gateway("127.0.0.1:8080"), routes))


def _named(key: str, model: str) -> dict[str, Any]:
    return {**CALL, "headers": [{"name": key, "string_match": {"exact": model}}]}


def _status(entry: dict[str, Any]) -> str:
    (added,) = entry["response_headers_to_add"]
    assert added["header"]["key"] == "grpc-status"
    return str(added["header"]["value"])


def test_each_model_is_matched_by_any_of_the_metadata() -> None:
    assert _entries(DIGITS, CHAT)[:3] == [
        forward(_named(key, "digits"), TO_DIGITS, DIGITS, form="grpc") for key in KEYS
    ]


def test_what_cannot_be_called_is_answered_with_a_status() -> None:
    made = _entries(DIGITS, HTTP_ONLY, CHAT)

    assert [(entry["match"], _status(entry)) for entry in made if "route" not in entry] == [
        *((_named(key, "http"), "12") for key in KEYS),
        *((_named(key, "chat"), "14") for key in KEYS),
        *(({**CALL, "headers": [{"name": key, "present_match": True}]}, "5") for key in KEYS),
        (CALL, "3"),
        ({"prefix": "/", "grpc": {}}, "12"),
    ]


def test_an_only_model_also_gets_what_names_none() -> None:
    assert forward(CALL, TO_DIGITS, DIGITS, form="grpc") in _entries(DIGITS)


def test_every_entry_has_the_form_of_its_errors() -> None:
    assert {form_of(entry) for entry in _entries(DIGITS, CHAT)} == {FORM.name}
    assert FORM.failed("It broke.") == {"text_format_source": {"inline_string": "It broke."}}
