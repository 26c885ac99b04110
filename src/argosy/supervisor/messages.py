"""How stacks, statuses and plans travel between the supervisor and its clients."""

from __future__ import annotations

from pydantic import TypeAdapter

from argosy.keys.key import IssuedKey, Key, WantedKey
from argosy.plan.reconcile import Plan
from argosy.rollout.noise import Noise, SelfRun
from argosy.stack.model import Stack
from argosy.supervisor.rollouts.stored import Decided, StoredRollout
from argosy.supervisor.status import Hosted, StackStatus

STACK = TypeAdapter(Stack)
STATUS = TypeAdapter(StackStatus)
KEY = TypeAdapter(Key)
KEYS = TypeAdapter(tuple[Key, ...])
ROLL = TypeAdapter(tuple[str, Decided])
UP = TypeAdapter(tuple[Stack, bool])  # whether downtime is allowed
RESTART = TypeAdapter(tuple[list[str], bool])
BACK = TypeAdapter(tuple[str, int | None, bool])
HOST = TypeAdapter(tuple[str, int])
HOSTED = TypeAdapter(Hosted)
NOISE: TypeAdapter[Noise | None] = TypeAdapter(Noise | None)
SELF_RUN = TypeAdapter(tuple[str, SelfRun])
ROLLOUTS = TypeAdapter(list[StoredRollout])
WANTED_KEY = TypeAdapter(tuple[WantedKey, str])
ISSUED_KEY = TypeAdapter(IssuedKey)


def steps_as_data(plan: Plan) -> list[dict[str, str]]:
    """The steps of a plan as subject, step and cause."""
    return [
        {"subject": step.subject, "step": step.describe(), "cause": step.cause}
        for step in plan.steps
    ]
