"""Deciding: what should be and what is in, the steps that can be taken now out. Pure.

`reconcile` is called again after every change, so a plan holds only what is possible now; `foresee`
strings such plans together, expecting each step to succeed: that is what `argosy plan` prints.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from argosy.gateway.routing import Route, Routing, Share, longest_silence
from argosy.plan.state import (
    Desired,
    Observed,
    ObservedModel,
    ObservedRevision,
    Target,
)
from argosy.plan.steps import (
    WHOLE,
    Forget,
    GiveUp,
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
from argosy.plan.taking_over import take_over
from argosy.platforms.platform import Replica
from argosy.stack.model import Model
from argosy.stack.revision import Revision
from argosy_runner import engines

GATEWAY = "gateway"
DEFAULT_RETRY_AFTER = 5
UNSAID_BATCH = 64  # of a model whose code says it; an async one has 100 under way
FRAMES_AT_ONCE = 2  # that a worker has: one is computed, the next is there already
PARTS = 100  # of a percent, as Envoy takes whole numbers
FORESIGHT = 20  # plans in a row; every change converges in far fewer


@dataclass(frozen=True)
class Plan:
    """Steps in the order in which they are carried out."""

    steps: tuple[Step, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.steps)

    def __str__(self) -> str:
        return "\n".join(str(step) for step in self.steps)


def reconcile(desired: Desired, observed: Observed) -> Plan:
    """The steps that bring ``observed`` nearer to ``desired``.

    What leaves comes after `Publish`, which returns only once the gateway has acknowledged: nothing
    is ended that a request may still be routed to.
    """
    if not desired.up:
        return Plan((*_stop_gateway(observed), *_stop_all(observed)))
    settled = observed
    first: list[Step] = []
    last: list[Step] = []
    for name in sorted({*desired.targets, *observed.models}):
        target = desired.targets.get(name)
        model = observed.models.get(name, ObservedModel())
        guests = desired.guests_of(name) if target else ()
        hosted = frozenset(one.number for one in guests)
        for step in take_over(name, target, model, hosted):
            if isinstance(step, Serve | Shadow | Shift | GiveUp | StandDown):
                if model.serving is not None and observed.published is None:
                    continue  # an adopted gateway is first told what it has: requests go there
                settled = step.effect(settled)
            first.append(step)
        first += _host(guests, target, model)
        last += _shrink(name, target, settled.models.get(name, ObservedModel()), hosted)
        last += _replace(name, target, settled.models.get(name, ObservedModel()))
    routing = route(desired, settled)
    if routing != observed.published:
        first.append(_publish(routing, observed))
    return Plan((*first, *last))


def foresee(desired: Desired, observed: Observed) -> Plan:
    """Every step from ``observed`` to ``desired`` if all goes well; what failed is tried again."""
    steps: list[Step] = []
    observed = _tried_again(desired, observed)
    for _ in range(FORESIGHT):
        plan = reconcile(desired, observed)
        for step in plan.steps:
            if not (isinstance(step, Publish) and not step.starts):
                steps.append(step)
            observed = step.effect(observed)
        if not plan:
            break
    return Plan(tuple(steps))


def _tried_again(desired: Desired, observed: Observed) -> Observed:
    """As a change leaves them, targets that have failed are as if they had never started."""
    models = dict(observed.models)
    for name, target in desired.targets.items():
        model, number = models.get(name, ObservedModel()), target.revision.number
        current = model.revisions.get(number)
        if current is not None and current.state == "failed":
            anew = replace(current, state="declared", reason="", first=None)
            models[name] = replace(model, revisions={**model.revisions, number: anew})
    return replace(observed, models=models)


def route(desired: Desired, observed: Observed) -> Routing:
    """What the gateway should be told: the replicas of serving revisions that take requests."""
    routes = []
    names: dict[str, str] = {}
    for name, target in sorted(desired.targets.items()):
        model = observed.models.get(name, ObservedModel())
        serving = model.revisions.get(model.serving) if model.serving else None
        current = model.revisions.get(target.revision.number, ObservedRevision(target.revision))
        rollout = model.rollout_of(target.revision.number)
        told = serving or current
        staying: tuple[Replica, ...] = ()
        if serving is not None and not rollout.is_down:
            count = target.replicas if model.serving == target.revision.number else None
            staying = serving.kept(count)
        replicas = _answering(staying)
        names |= _names(replicas)
        place = target.model.route
        shares: tuple[Share, ...] = ()
        if serving is not None:
            shares = (_share(serving, replicas, max(len(staying), 1)),)
            if model.serving != target.revision.number and rollout.weight and current.ready:
                names |= _names(current.ready)
                shares = _shared(shares[0], current, rollout.weight)
            elif model.serving != target.revision.number and rollout.mirrored and current.ready:
                names |= _names(current.ready)
                shares = (*shares, _shadow(current, target.model, rollout.mirrored))
        routes.append(
            Route(
                model=name,
                revisions=shares,
                unavailable="" if replicas else _why_unavailable(target, model),
                retry_after=DEFAULT_RETRY_AFTER if replicas else target.retry_after,
                timeout=longest_silence(told.revision.model.timeout),
                created=int(told.declared_at),
                max_body=told.revision.model.max_body,
                limits=target.model.limits,
                aliases=target.model.aliases,
                path=place.path if place else None,
                host=place.host if place else None,
            )
        )
    return Routing(desired.name, desired.gateway, tuple(routes), desired.keys, desired.trust, names)


def _answering(replicas: tuple[Replica, ...]) -> tuple[Replica, ...]:
    """Those that are ready. Where none is, it is better to wait at one than to be refused."""
    ready = tuple(one for one in replicas if one.state == "ready")
    return ready or tuple(one for one in replicas if one.takes_requests)


def _shared(before: Share, current: ObservedRevision, weight: float) -> tuple[Share, Share]:
    """Between the revision that serves and the next one, which has ``weight`` percent."""
    after = _share(current, current.ready, len(current.staying))
    part = round(weight * PARTS)
    return replace(before, weight=WHOLE * PARTS - part), replace(after, weight=part)


def _shadow(current: ObservedRevision, declared: Model, fraction: float) -> Share:
    """The next revision, which gets copies of requests and none of its own."""
    settings = declared.rollout.shadow
    return replace(
        _share(current, current.ready, len(current.staying)),
        weight=0,
        mirrored=fraction,
        keeps_requests=settings is not None and settings.keep_bodies,
    )


def _names(replicas: tuple[Replica, ...]) -> dict[str, str]:
    """By every address at which a replica answers."""
    return {
        address: one.name
        for one in replicas
        for address in (one.address, one.endpoint, one.grpc_address)
        if address
    }


def _capacity(model: Model, replicas: int) -> int:
    """How many requests may be at the replicas at once.

    A runner refuses by itself what its queue cannot hold, and knows whose turn it is then, so it
    must be asked before the gateway refuses anybody: hence the margin. Nobody but the gateway
    bounds what an engine of its own has. Replicas that are not ready count too, so that the bound
    does not move with every one that starts again.
    """
    if engines.is_served(model.engine):
        return replicas * model.queue
    batch = model.batch.max_size if model.batch else UNSAID_BATCH
    most = replicas * (model.queue + FRAMES_AT_ONCE * model.workers * batch)
    return most + most // 10


def _share(one: ObservedRevision, replicas: tuple[Replica, ...], count: int) -> Share:
    served = engines.is_served(one.revision.model.engine)
    return Share(
        number=one.revision.number,
        endpoints=tuple(replica.endpoint or replica.address for replica in replicas),
        grpc_endpoints=tuple(replica.grpc_address for replica in replicas if replica.grpc_address),
        probe_endpoints=tuple(replica.address for replica in replicas) if served else None,
        capacity=_capacity(one.revision.model, count),
    )


def _host(
    guests: tuple[Revision, ...], target: Target | None, model: ObservedModel
) -> Iterator[Step]:
    """One replica of each guest, unless it runs as what should serve, or what does."""
    for guest in guests:
        current = model.revisions.get(guest.number, ObservedRevision(guest))
        is_target = target is not None and target.revision.number == guest.number
        runs_anyhow = guest.number == model.serving or (is_target and current.state != "failed")
        if not runs_anyhow and not current.staying:
            yield Scale.to(current, 1, "it is asked by `argosy probe`")


def _shrink(
    name: str, target: Target | None, model: ObservedModel, hosted: frozenset[int]
) -> Iterator[Step]:
    """Stop what no longer serves, in any revision, but for one replica of those that are asked."""
    drain_of = {number: one.revision.model.drain for number, one in model.revisions.items()}
    for number, one in sorted(model.revisions.items()):
        is_target = target is not None and number == target.revision.number
        if is_target and target is not None and one.state != "failed":
            wanted, cause = target.replicas, f"replicas: {target.replicas}"
        elif target is not None and number == model.serving:
            if not model.rollout_of(target.revision.number).is_down:
                continue
            wanted, cause = 0, f"r{target.revision.number} takes its place"
        elif number in hosted:
            wanted, cause = 1, "one is asked"
        elif target is None:
            wanted, cause = 0, "no longer declared"
        else:
            wanted = 0
            cause = f"r{number} failed" if one.state == "failed" else f"r{model.serving} serves"
        if len(one.staying) > wanted:
            is_unseen = is_target and target and target.dip and number != model.serving
            drain = drain_of[number] if one.ready and not is_unseen else 0.0
            yield Scale.to(one, wanted, cause, drain)
    if target is None and not any(one.replicas for one in model.revisions.values()):
        yield Forget(subject=name, cause="no longer declared")


def _replace(name: str, target: Target | None, model: ObservedModel) -> Iterator[Step]:
    """Start anew what serves and answers wrongly."""
    serving = model.revisions.get(model.serving) if model.serving else None
    if serving is None or target is None:
        return
    is_target = serving.revision.number == target.revision.number
    for one in serving.kept(target.replicas if is_target else None):
        if one.is_to_be_replaced:
            drain = serving.revision.model.drain
            yield Replace(subject=name, cause=one.fault, replica=one, drain=drain)


def _publish(routing: Routing, observed: Observed) -> Publish:
    starts = observed.published is None
    cause = "the stack has one address" if starts else "who answers has changed"
    if observed.published and observed.published.routes == routing.routes:
        cause = "what callers may do has changed"
    return Publish(subject=GATEWAY, cause=cause, routing=routing, starts=starts)


def _stop_gateway(observed: Observed) -> Iterator[Step]:
    if observed.published is not None:
        yield StopGateway(subject=GATEWAY, cause="the stack goes down")


def _stop_all(observed: Observed) -> Iterator[Step]:
    for _, model in sorted(observed.models.items()):
        for _, one in sorted(model.revisions.items()):
            if one.staying:
                yield Scale.to(one, 0, "the stack goes down")


def _why_unavailable(target: Target, model: ObservedModel) -> str:
    """The reason for callers, in one sentence."""
    number = target.revision.number
    current = model.revisions.get(number, ObservedRevision(target.revision))
    if target.replicas == 0:
        return "it is scaled to 0 replicas"
    if current.state == "failed":
        back = f", and r{model.serving} starts again" if model.serving not in {None, number} else ""
        return f"r{number} failed{back}: {_last_line(current.reason)}"
    if model.rollout_of(number).is_down:
        return f"r{model.serving} has stopped, and r{number} is starting in its place"
    if current.state in {"declared", "preparing"}:
        return f"the environment of r{number} is being built"
    if current.failure:
        return f"r{number} cannot start: {_last_line(current.failure)}"
    if current.first and current.first.state == "asking":
        return f"r{number} is asked its suite before it serves"
    states = {one.state for one in current.staying}
    for state, words in (
        ("unready", "is not ready now"),
        ("loading", "is loading"),
        ("waiting", "starts again soon"),
    ):
        if state in states:
            return f"r{number} {words}"
    return f"r{number} is starting"


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1] if text.strip() else "no reason is known"
