from __future__ import annotations

import json

from argosy.gateway.resources import replies
from argosy.gateway.routing import Route, Routing
from argosy.stack.model import Gateway
from tests.gateway.conftest import serving

READY = Route("digits", serving("unix:/run/a"))
WAITING = Route("chat", (), 'it "loads"\n', 9)


def test_ready_names_those_that_are_not() -> None:
    reply = replies.ready(Routing("desk", Gateway("127.0.0.1:1"), (READY, WAITING)))

    assert (reply.status, reply.headers) == (503, (("retry-after", "5"),))
    assert json.loads(reply.body) == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "No replica is ready of: chat.",
        "unavailable": {"chat": 'it "loads"\n'},
    }


def test_all_ready_is_ready_and_so_is_no_model_at_all() -> None:
    assert replies.ready(Routing("desk", Gateway("127.0.0.1:1"), (READY,))).status == 200
    assert replies.ready(Routing("desk", Gateway("127.0.0.1:1"))).status == 200


def test_unavailable_says_why_and_when_to_try_again() -> None:
    reply = replies.unavailable(WAITING)

    assert (reply.status, reply.headers) == (503, (("retry-after", "9"),))
    assert json.loads(reply.body) == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": 'chat cannot answer now: it "loads"\n',
        "model": "chat",
        "reason": 'it "loads"\n',
    }


def test_an_undeclared_model_hears_the_declared_ones() -> None:
    detail = "No such model. The models of desk are: digits, chat."
    reply = replies.undeclared_model(Routing("desk", Gateway("127.0.0.1:1"), (READY, WAITING)))
    assert (reply.status, json.loads(reply.body)["detail"]) == (404, detail)


def test_an_undeclared_model_of_an_empty_stack() -> None:
    reply = replies.undeclared_model(Routing("desk", Gateway("127.0.0.1:1")))
    assert json.loads(reply.body)["detail"] == "No such model. The models of desk are: none."


def test_bodies_are_bounded_however_many_models_and_long_reasons() -> None:
    routes = tuple(Route(f"model-{number}", (), "\0" * 100_000) for number in range(5000))
    desk = Routing("desk", Gateway("127.0.0.1:1"), routes)

    made = [replies.ready(desk), replies.index(desk), replies.undeclared_model(desk)]
    assert max(len(reply.body) for reply in (*made, replies.unavailable(routes[0]))) < 1 << 20
