from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from argosy.errors import CannotStart
from argosy.keys.trust import Trust
from argosy.probe.item import Item
from argosy.probe.suite import Suite
from argosy.rollout import noise
from argosy.stack.model import Gateway, Issuer, Model, Resources, Rollout, Stack
from argosy.supervisor.declare import Declared
from argosy.supervisor.preflight import (
    NVIDIA,
    check_gate,
    check_gpus,
    check_issuers,
    check_memory,
    foretold,
)
from tests.plan.worlds import revision


def declared(memory: int | None, replicas: int = 1, cause: str = "new model") -> Declared:
    one = revision()
    model = replace(one.model, resources=Resources(memory=memory))
    return Declared(replace(one, model=model), replicas, cause)


def test_what_fits_may_start() -> None:
    check_memory([declared(2**20), declared(None)])


def test_more_than_there_is_may_not_start() -> None:
    with pytest.raises(CannotStart, match=r"2 replicas to start may use .* MiB is available"):
        check_memory([declared(2**60, replicas=2)])


def test_what_stops_first_makes_room() -> None:
    starting = [declared(500)]
    check_memory(starting, given_back=300, available=lambda: 200)
    with pytest.raises(CannotStart):
        check_memory(starting, given_back=299, available=lambda: 200)
    check_memory(starting, available=lambda: None)


def test_what_runs_already_needs_no_more_memory() -> None:
    check_memory([declared(2**60, cause="")])


def test_an_issuer_over_tls_needs_certificates_by_which_it_is_known() -> None:
    issuer = Issuer("a", "b", "https://login.example.com/keys")
    with pytest.raises(CannotStart, match=r"login\.example\.com.*Install ca-certificates"):
        check_issuers(Gateway(issuers=(issuer,)), Trust())
    check_issuers(Gateway(issuers=(issuer,)), Trust(authorities="/etc/ca.pem"))
    check_issuers(Gateway(issuers=(replace(issuer, jwks="http://login/keys"),)), Trust())


@pytest.mark.skipif(NVIDIA.exists(), reason="this machine has what is asked for")
def test_a_model_that_asks_for_a_gpu_does_not_start_without_one() -> None:
    models = (Model("chat", resources=Resources(gpus=1)),)
    stack = Stack("desk", Path("/desk/argosy.yaml"), models)
    with pytest.raises(CannotStart, match=r"chat: resources\.gpus asks for a GPU.*argosy doctor"):
        check_gpus(stack)
    check_gpus(replace(stack, platform="compose"))
    check_gpus(replace(stack, models=(Model("chat"),)))


def test_a_plan_says_what_noise_makes_of_the_margin() -> None:
    items = tuple(Item(str(number), "predict") for number in range(500))
    suite = Suite(Path("/a.jsonl"), "d", items)
    model = Model("m", rollout=Rollout(margin=0.02))
    assert check_gate(model, suite) == "500 items, margin 0.02 (needs 228 at least)"
    some, much, all_of_them = (
        noise.measure(500, differing, 0.02, 0.95, "e-process") for differing in (10, 25, 500)
    )
    told = "500 items, margin 0.02 (needs 228 at least, about 807 where 2 % differ by chance)"
    assert check_gate(model, suite, some) == told
    assert check_gate(model, suite, much).endswith(
        "about 1911 where 5 % differ by chance: the margin is below this noise floor)"
    )
    assert "more than there are where 100 % differ" in check_gate(model, suite, all_of_them)


def test_a_gate_that_none_can_pass_is_foretold_to_a_first_revision() -> None:
    items = tuple(Item(str(number), "predict") for number in range(60))
    suite = Suite(Path("/a.jsonl"), "d", items)
    assert foretold(Model("m", rollout=Rollout(margin=0.2)), suite) == ""
    told = foretold(Model("m", rollout=Rollout(margin=0.01)), suite)
    assert told.startswith("no next revision can pass: 60 items can never show a margin of 0.01")
    assert "Add 398 items" in told
