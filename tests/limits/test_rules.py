from __future__ import annotations

from argosy.limits.rules import RULES, Asked, Limit, Rules
from argosy.stack.model import Rate

RULES_OF_DESK = Rules(
    "desk",
    per_key=Rate(20, 1, burst=40),
    per_address=Rate(100, 60),
    key_rates={"ci": Rate(5, 1)},
    model_rates={"digits": Rate(200, 1)},
    concurrency=8,
    model_concurrency={"digits": 32},
    tokens_per_minute=1000,
    redis="redis://:secret@h/0",
    redis_failure="deny",
)


def test_a_request_is_under_the_limits_of_its_key_address_and_model() -> None:
    assert RULES_OF_DESK.limits(Asked("digits", "k", "10.0.0.1", metered=True)) == (
        Limit("rate", "gateway.limits.per_key", "per_key:k", 40, 0.05),
        Limit("rate", "gateway.limits.per_address", "per_address:10.0.0.1", 100, 0.6),
        Limit("rate", "models.digits.limits.rate", "rate:digits", 200, 0.005),
        Limit("concurrency", "gateway.limits.concurrency", "concurrency:key:k", 8),
        Limit("concurrency", "models.digits.limits.concurrency", "concurrency:model:digits", 32),
        Limit("tokens", "gateway.limits.tokens_per_minute", "tokens_per_minute:k", 1000, 60.0),
    )


def test_a_key_may_have_a_rate_of_its_own() -> None:
    first = RULES_OF_DESK.limits(Asked("chat", "ci", "::1"))[0]

    assert first == Limit("rate", "gateway.limits.per_key", "per_key:ci", 5, 0.2)


def test_without_a_key_requests_in_flight_are_those_of_the_address() -> None:
    names = {one.key for one in RULES_OF_DESK.limits(Asked("chat", "", "::1", metered=True))}

    assert names == {"per_address:::1", "concurrency:address:::1"}


def test_what_uses_no_tokens_needs_no_budget() -> None:
    kinds = {one.kind for one in RULES_OF_DESK.limits(Asked("chat", "k", "::1"))}

    assert kinds == {"rate", "concurrency"}


def test_rules_read_back_as_they_were_written() -> None:
    assert RULES.validate_json(RULES.dump_json(RULES_OF_DESK)) == RULES_OF_DESK
