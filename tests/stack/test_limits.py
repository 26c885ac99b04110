from __future__ import annotations

import pytest

from argosy.stack.model import Limits, ModelLimits, Rate
from tests.stack.conftest import Mistakes, Parse


def test_rates_have_a_period_and_the_burst_that_is_given_beside_them(stack: Parse) -> None:
    read = stack(
        "models: {a: {code: code, limits: {rate: 7/min, burst: 9, concurrency: 3}}}\n"
        "gateway: {limits: {per_key: 20/s, per_address: 5000/h, burst: 40, concurrency: 8}}"
    )

    assert read.gateway.limits == Limits(Rate(20, 1, 40), Rate(5000, 3600, 40), concurrency=8)
    assert read.model("a").limits == ModelLimits(Rate(7, 60, 9), 3)


def test_without_a_burst_a_rate_has_none_of_its_own(stack: Parse) -> None:
    read = stack("models: {a: {code: code}}\ngateway: {limits: {per_key: 20000/day}}")

    assert read.gateway.limits.per_key == Rate(20000, 86400)
    assert read.model("a").limits == ModelLimits()


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("per_key: 20", "`20` has no period. Write 20/s."),
        ("per_key: 20/m", "`20/m` is not a rate. Write 20/min."),
        ("per_key: 5 per hour", "`5 per hour` is not a rate. Write 5/h."),
        ("per_key: 0/s", "`0/s` is not a rate. Rates are written like 20/s, 100/min"),
        ("per_key: fast", "`fast` is not a rate. Rates are written like 20/s"),
        ("burst: 4", "is the burst of a rate, and no rate is given. Write `per_key: 20/s` beside"),
        ("concurrency: 0", "must be 1 to 1e+06, not `0`"),
        ("tokens_per_day: 1.5", "must be a whole number, not `1.5`"),
        ("per_user: 20/s", "unknown key"),
    ],
)
def test_a_limit_that_is_none_is_a_mistake(mistakes: Mistakes, limit: str, said: str) -> None:
    (problem,) = mistakes(f"models: {{a: {{code: code}}}}\ngateway: {{limits: {{{limit}}}}}")

    assert problem.startswith("2:")
    assert said in problem


def test_a_burst_of_a_model_needs_its_rate(mistakes: Mistakes) -> None:
    (problem,) = mistakes("models: {a: {code: code, limits: {burst: 4}}}")

    assert "models.a.limits.burst" in problem
    assert "Write `rate: 20/s` beside it." in problem


def test_what_is_counted_by_key_needs_keys(mistakes: Mistakes) -> None:
    (problem,) = mistakes(
        "models: {a: {code: code}}\ngateway: {keys: none, limits: {tokens_per_minute: 100}}"
    )

    assert "nothing would be counted: `keys: none` says that callers have no key" in problem


@pytest.mark.parametrize("address", ["redis://h:6379/0", "rediss://u:p@h", "unix:///run/r.sock"])
def test_redis_has_an_address(stack: Parse, address: str) -> None:
    read = stack(f'models: {{a: {{code: code}}}}\ngateway: {{redis: "{address}"}}')

    assert read.gateway.redis == address


def test_a_redis_without_its_scheme_is_a_mistake(mistakes: Mistakes) -> None:
    (problem,) = mistakes('models: {a: {code: code}}\ngateway: {redis: "localhost:6379"}')

    assert "must be the address of a Redis" in problem
    assert "Write redis://localhost:6379." in problem
