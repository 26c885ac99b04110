from __future__ import annotations

from argosy.stack.rollout_shapes import GuardShape
from argosy.stack.rollouts import MEASURES


def test_every_guard_has_a_measure() -> None:
    assert list(GuardShape.model_fields) == list(MEASURES)
