from __future__ import annotations

import json
from typing import Any

from argosy.gateway.resources.entries import forward
from argosy.gateway.resources.open_inference import FORM, entries
from argosy.gateway.routing import Route, Routing
from argosy.stack.model import Gateway
from tests.gateway.conftest import form_of, serving

DIGITS = Route("digits", serving("unix:/run/a"), timeout=2.5)
CHAT = Route("chat", (), "it loads", 9)


def _entries(*routes: Route) -> list[dict[str, Any]]:
    return entries(Routing("desk", Gateway("127.0.0.1:8080"), routes))


def test_a_model_is_matched_by_its_path_which_stays() -> None:
    exact, below = [entry for entry in _entries(DIGITS, CHAT) if "route" in entry]

    match = {"path": "/v2/models/digits"}
    assert exact == forward(match, {"cluster": "digits.r1"}, DIGITS, form="open_inference")
    assert below == {**exact, "match": {"prefix": "/v2/models/digits/"}}
    assert "prefix_rewrite" not in exact["route"]


def test_the_rest_is_answered_here() -> None:
    answers = [entry for entry in _entries(DIGITS, CHAT) if "route" not in entry]

    assert [(entry["match"], entry["direct_response"]["status"]) for entry in answers] == [
        ({"path": "/v2"}, 200),
        ({"path": "/v2/"}, 200),
        ({"path": "/v2/health/live"}, 200),
        ({"path": "/v2/health/ready"}, 503),
        ({"path": "/v2/models/chat"}, 503),
        ({"prefix": "/v2/models/chat/"}, 503),
        ({"prefix": "/v2/models/"}, 404),
        ({"prefix": "/v2/"}, 404),
    ]


def test_every_entry_has_the_form_of_its_errors() -> None:
    assert {form_of(entry) for entry in _entries(DIGITS, CHAT)} == {FORM.name}
    error = {"json_format": {"error": "It broke."}, "content_type": "application/json"}
    assert FORM.failed("It broke.") == FORM.refused("It broke.") == error


def test_a_stack_without_models_is_ready() -> None:
    ready = _entries()[3]["direct_response"]
    assert (ready["status"], json.loads(ready["body"]["inline_string"])) == (200, {"ready": True})
