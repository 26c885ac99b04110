"""The order in which one stream is told things, without a stream."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from envoy.service.discovery.v3.discovery_pb2 import DiscoveryRequest

from argosy.gateway.conversation import (
    CLUSTERS,
    ENDPOINTS,
    LISTENERS,
    ROUTES,
    Conversation,
    Offer,
    offer,
)
from argosy.gateway.resources.snapshot import snapshot
from argosy.gateway.routing import Route, Routing
from argosy.stack.model import Gateway
from tests.gateway.conftest import serving

NAMES = {ENDPOINTS: ["digits.r1"], ROUTES: ["gateway"]}


def _offer(*models: str, endpoint: str = "unix:/a") -> Offer:
    routes = tuple(Route(model, serving(endpoint)) for model in models)
    return offer(snapshot(Routing("desk", Gateway("127.0.0.1:1"), routes)))


def _conversation() -> Conversation:
    return Conversation(lambda _: None)


def _ask(conversation: Conversation, *kinds: str) -> None:
    for kind in kinds:
        conversation.heard(DiscoveryRequest(type_url=kind, resource_names=NAMES.get(kind, [])))


def _reply(conversation: Conversation, answers: Iterable[Any], refusal: str = "") -> list[str]:
    """Accept the answers, or refuse them; the types they had."""
    kinds = []
    for answer in answers:
        kinds.append(answer.type_url)
        request = DiscoveryRequest(type_url=answer.type_url, response_nonce=answer.nonce)
        request.resource_names.extend(NAMES.get(answer.type_url, []))
        if refusal:
            request.error_detail.message = refusal
        conversation.heard(request)
    return kinds


def _settled(offered: Offer) -> Conversation:
    conversation = _conversation()
    _ask(conversation, CLUSTERS, ENDPOINTS, LISTENERS, ROUTES)
    while answers := list(conversation.due(offered)):
        _reply(conversation, answers)
    assert conversation.settled(offered)
    return conversation


def test_nothing_is_sent_that_was_not_asked_for() -> None:
    assert list(_conversation().due(_offer("digits"))) == []


def test_routes_wait_until_clusters_and_endpoints_are_accepted() -> None:
    conversation, offered = _conversation(), _offer("digits")
    _ask(conversation, CLUSTERS, ENDPOINTS, LISTENERS, ROUTES)

    first = list(conversation.due(offered))
    assert [answer.type_url for answer in first] == [CLUSTERS, ENDPOINTS]
    assert list(conversation.due(offered)) == []
    _reply(conversation, first[:1])
    assert list(conversation.due(offered)) == []
    _reply(conversation, first[1:])
    assert _reply(conversation, conversation.due(offered)) == [LISTENERS, ROUTES]
    assert conversation.settled(offered)


def test_what_has_not_changed_is_not_sent_again() -> None:
    assert list(_settled(_offer("digits")).due(_offer("digits"))) == []


def test_changed_endpoints_are_sent_alone() -> None:
    conversation = _settled(_offer("digits"))
    assert _reply(conversation, conversation.due(_offer("digits", endpoint="unix:/b"))) == [
        ENDPOINTS
    ]


def test_endpoints_follow_clusters_even_if_they_are_the_same() -> None:
    """A changed cluster warms until it hears its endpoints again; Envoy would wait for 15 s."""
    conversation, offered = _settled(_offer("digits")), _offer("digits")
    changed = snapshot(
        Routing("desk", Gateway("127.0.0.1:1"), (Route("digits", serving("unix:/a")),))
    )
    changed.clusters["digits.r1"]["connect_timeout"] = "6s"

    answers = list(conversation.due(offer(changed)))

    assert [answer.type_url for answer in answers] == [CLUSTERS, ENDPOINTS]
    assert offer(changed)[ENDPOINTS] == offered[ENDPOINTS]


def test_a_name_that_is_asked_for_anew_is_answered() -> None:
    conversation, offered = _settled(_offer("digits", "chat")), _offer("digits", "chat")

    asked = DiscoveryRequest(type_url=ENDPOINTS, resource_names=["digits.r1", "chat.r1"])
    conversation.heard(asked)

    assert [answer.type_url for answer in conversation.due(offered)] == [ENDPOINTS]


def test_a_name_that_was_given_up_and_is_asked_for_again_is_answered() -> None:
    conversation, offered = _settled(_offer("digits")), _offer("digits")

    conversation.heard(DiscoveryRequest(type_url=ROUTES))
    _ask(conversation, ROUTES)

    assert [answer.type_url for answer in conversation.due(offered)] == [ROUTES]


def test_a_refusal_is_told_and_not_repeated() -> None:
    said: list[str] = []
    conversation, offered = Conversation(said.append), _offer("digits")
    _ask(conversation, CLUSTERS)

    _reply(conversation, conversation.due(offered), refusal="bad\n cluster")

    assert conversation.refusal(offered) == "bad cluster"
    assert said == ["bad cluster"]
    assert not conversation.settled(offered)
    assert list(conversation.due(offered)) == []


def test_after_a_refusal_another_offer_is_sent() -> None:
    conversation = _settled(_offer("digits"))
    bad = _offer("digits", "bad")
    _reply(conversation, conversation.due(bad), refusal="bad")

    assert _reply(conversation, conversation.due(_offer("digits"))) == [CLUSTERS, ENDPOINTS]
    assert conversation.settled(_offer("digits"))
    assert conversation.refusal(_offer("digits")) is None


def test_an_answer_to_something_older_settles_nothing() -> None:
    conversation = _settled(_offer("digits"))
    changed = _offer("digits", endpoint="unix:/b")
    (answer,) = conversation.due(changed)
    old = DiscoveryRequest(type_url=ENDPOINTS, response_nonce="1", resource_names=["digits.r1"])

    conversation.heard(old)
    assert not conversation.settled(changed)
    _reply(conversation, [answer])
    assert conversation.settled(changed)


def test_without_models_no_endpoints_are_awaited() -> None:
    conversation, offered = _conversation(), _offer()
    _ask(conversation, CLUSTERS, LISTENERS, ROUTES)

    while answers := list(conversation.due(offered)):
        _reply(conversation, answers)

    assert conversation.settled(offered)
