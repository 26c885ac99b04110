from __future__ import annotations

from argosy.stack.mistakes import flow
from argosy.stack.rollout_defaults import DEVELOPMENT, PRODUCTION
from argosy.stack.rollout_shapes import GuardShape, RolloutShape
from argosy.stack.rollouts import MEASURES, of_rollout, show_rollout


def test_every_guard_has_a_measure() -> None:
    assert list(GuardShape.model_fields) == list(MEASURES)


def test_the_defaults_of_the_shape_are_those_of_development() -> None:
    assert of_rollout(RolloutShape()) == DEVELOPMENT


def test_the_reference_tells_what_production_is() -> None:
    shown, usual = (show_rollout(one, compares=True) for one in (PRODUCTION, DEVELOPMENT))
    differing = {key: value for key, value in shown.items() if value != usual[key]}
    assert set(differing) == {"defaults", "steps", "hold", "guard"}
    guard = {key: limit for key, limit in shown["guard"].items() if limit is not None}
    told = str(RolloutShape.model_fields["defaults"].description)
    assert f"`steps: {flow(shown['steps'])}`, `hold: {shown['hold']}`" in told
    assert f"`guard: {flow(guard)}`" in told
