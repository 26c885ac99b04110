"""How stacks, statuses and plans travel between the supervisor and its clients."""

from __future__ import annotations

from argosy.adapters import Adapter
from argosy.keys.key import IssuedKey, Key, WantedKey
from argosy.plan.reconcile import Plan
from argosy.rollout.noise import Noise, SelfRun
from argosy.stack.model import Stack
from argosy.supervisor.rollouts.stored import Decided, StoredRollout
from argosy.supervisor.status import Hosted, StackStatus

STACK = Adapter(Stack)
STATUS = Adapter(StackStatus)
KEY = Adapter(Key)
KEYS = Adapter(tuple[Key, ...])
ROLL = Adapter(tuple[str, Decided])
UP = Adapter(tuple[Stack, bool])  # whether downtime is allowed
RESTART = Adapter(tuple[list[str], bool])
BACK = Adapter(tuple[str, int | None, bool])
HOST = Adapter(tuple[str, int])
HOSTED = Adapter(Hosted)
NOISE: Adapter[Noise | None] = Adapter(Noise | None)  # type: ignore[arg-type]  # PEP 747 is not yet
SELF_RUN = Adapter(tuple[str, SelfRun])
ROLLOUTS = Adapter(list[StoredRollout])
WANTED_KEY = Adapter(tuple[WantedKey, str])
ISSUED_KEY = Adapter(IssuedKey)


def steps_as_data(plan: Plan) -> list[dict[str, str]]:
    """The steps of a plan as subject, step and cause."""
    return [
        {"subject": step.subject, "step": step.describe(), "cause": step.cause}
        for step in plan.steps
    ]
