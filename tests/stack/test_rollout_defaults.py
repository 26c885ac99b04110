from __future__ import annotations

from argosy.stack.rollout_defaults import DEFAULTS
from argosy.supervisor.rollouts.guarding import asked


def test_every_set_is_named_as_its_word() -> None:
    assert {word: rollout.defaults for word, rollout in DEFAULTS.items()} == {
        word: word for word in DEFAULTS
    }


def test_every_set_ends_with_all_of_the_traffic() -> None:
    assert all(rollout.steps[-1] == 100 for rollout in DEFAULTS.values())


def test_production_guards_only_what_every_model_tells() -> None:
    names = [guard.name for guard in asked(DEFAULTS["production"].guard)]
    assert names == ["error_rate", "latency_p95", "restarts"]
    assert asked(DEFAULTS["development"].guard) == ()
