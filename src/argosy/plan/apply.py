"""Carrying a plan out. Decides nothing."""

from __future__ import annotations

from typing import Protocol

from argosy.gateway.routing import Routing
from argosy.plan.reconcile import Plan
from argosy.plan.steps import (
    Ask,
    AskBefore,
    Forget,
    GiveUp,
    Pause,
    Prepare,
    Prove,
    Publish,
    Replace,
    Scale,
    Serve,
    Shadow,
    Shift,
    StandDown,
    Step,
    StopGateway,
)
from argosy.platforms.platform import Platform
from argosy.stack.revision import Revision

STOP_GATEWAY_SECONDS = 10.0


class GatewayControl(Protocol):
    """What `apply` needs of the gateway."""

    async def serve(self, routing: Routing) -> None:
        """Start the gateway, or adopt the one that runs; returns once it listens."""

    async def publish(self, routing: Routing) -> None:
        """Returns once acknowledged."""

    async def stop(self, grace: float) -> None:
        """Returns once it has ended."""


class Records(Protocol):
    """What `apply` needs of the store. Each call is durable when it returns."""

    def start_preparing(self, revision: Revision) -> None:
        """Begin in the background; the outcome shows in what is observed next."""

    def start_asking(self, revision: Revision) -> None:
        """Begin in the background; the answers show in what is observed next."""

    def start_asking_before(self, revision: Revision, before: Revision) -> None:
        """Ask ``before`` alone, in the background; that it was asked shows in what is observed."""

    def stand_down(self, revision: Revision, before: Revision) -> None:
        """Nothing is routed to ``before`` any more, though it serves."""

    def start_proving(self, revision: Revision, before: Revision) -> None:
        """Begin in the background; the verdict shows in what is observed next."""

    def start_shadowing(self, revision: Revision, before: Revision) -> None:
        """Begin in the background; the verdict shows in what is observed next."""

    def shift(self, revision: Revision, before: Revision, weight: float) -> None:
        """A revision that does not serve yet gets this share of the traffic, in percent."""

    def pause(self, model: str, reason: str) -> None:
        """The shares of the traffic stay until somebody decides."""

    def serve(self, revision: Revision) -> None:
        """The model's traffic goes to this revision."""

    def give_up(self, revision: Revision, reason: str) -> None:
        """The revision is failed."""

    def forget(self, model: str) -> None:
        """The model is no longer part of the stack."""


async def apply(plan: Plan, platform: Platform, gateway: GatewayControl, records: Records) -> None:
    """Carry out the steps in their order. An error ends it; what is left is planned anew."""
    for step in plan.steps:
        await _carry_out(step, platform, gateway, records)


async def _carry_out(
    step: Step, platform: Platform, gateway: GatewayControl, records: Records
) -> None:
    match step:
        case Scale():
            await platform.scale(step.revision, step.after, step.drain)
        case Replace():
            await platform.replace(step.replica, step.cause, step.drain)
        case Publish():
            await (gateway.serve if step.starts else gateway.publish)(step.routing)
        case StopGateway():
            await gateway.stop(STOP_GATEWAY_SECONDS)
        case _:
            _record(step, records)


def _record(step: Step, records: Records) -> None:
    match step:
        case StandDown():
            records.stand_down(step.revision, step.before)
        case Shift():
            records.shift(step.revision, step.before, step.weight)
        case Pause():
            records.pause(step.subject, step.cause)
        case Serve():
            records.serve(step.revision)
        case GiveUp():
            records.give_up(step.revision, step.cause)
        case Forget():
            records.forget(step.subject)
        case _:
            _begin(step, records)


def _begin(step: Step, records: Records) -> None:
    """What goes on in the background; its end shows in what is observed."""
    match step:
        case Prepare():
            records.start_preparing(step.revision)
        case Ask():
            records.start_asking(step.revision)
        case AskBefore():
            records.start_asking_before(step.revision, step.before)
        case Prove():
            records.start_proving(step.revision, step.before)
        case Shadow():
            records.start_shadowing(step.revision, step.before)
        case _:
            raise TypeError(f"no way to carry out {step!r}")
