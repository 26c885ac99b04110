"""How a revision gets to serve: prepared, started, proven, and given the traffic. Pure.

Beside the one that serves; or in a dip in its place, where that has to stop first.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.plan.first import take_over_first
from argosy.plan.state import (
    ObservedModel,
    ObservedRevision,
    ObservedRollout,
    Target,
)
from argosy.plan.steps import (
    WHOLE,
    AskBefore,
    GiveUp,
    Pause,
    Prepare,
    Prove,
    Scale,
    Serve,
    Shadow,
    Shift,
    StandDown,
    Step,
)
from argosy.stack.revision import Revision


def take_over(
    name: str,
    target: Target | None,
    model: ObservedModel,
    hosted: frozenset[int] = frozenset(),
) -> Iterator[Step]:
    """Prepare and start the target, and give it the traffic once it can take it.

    Revisions that are ``hosted`` run to be asked: nobody waits for them to go.
    """
    if target is None:
        return
    revision = target.revision
    current = model.revisions.get(revision.number, ObservedRevision(revision))
    serving = model.revisions.get(model.serving) if model.serving else None
    rollout = model.rollout_of(revision.number)
    replaces = serving is not None and model.serving != revision.number
    dips = (target.dip or rollout.is_down) and target.replicas and current.state != "failed"
    if dips and replaces and serving is not None:
        yield from _dip(name, target, current, serving, rollout, hosted)
        return
    takes_over = (
        model.serving != revision.number
        and current.state != "failed"  # a guest may be one
        and _can_take_over(current, serving, target.replicas)
    )
    if replaces and serving is not None and not takes_over:
        yield from _hold(serving, target, current, hosted)
    fault = current.failure or rollout.fault
    if replaces and fault and current.state != "failed" and serving is not None and serving.ready:
        yield GiveUp(subject=name, cause=fault, revision=revision)
    elif current.state == "declared":
        yield Prepare(subject=name, cause=target.cause, revision=revision)
    elif current.state == "prepared":
        if len(current.staying) < target.replicas and not _waits_for_room(current, model, hosted):
            cause = target.cause if not current.replicas else f"replicas: {target.replicas}"
            yield Scale.to(current, target.replicas, cause)
        if takes_over:
            yield from _take_over(name, target, model, serving)


def _dip(
    name: str,
    target: Target,
    current: ObservedRevision,
    serving: ObservedRevision,
    rollout: ObservedRollout,
    hosted: frozenset[int],
) -> Iterator[Step]:
    """First all that can be done while the old one answers; then it stops, and this one starts.

    While nobody answers nothing waits for people: what is not shown to be fine goes back.
    """
    fault = current.failure or rollout.fault
    if fault and (rollout.is_down or serving.ready):
        yield GiveUp(subject=name, cause=fault, revision=target.revision)
        return
    if not rollout.is_down:
        yield from _hold(serving, target, current, hosted)
    if current.state == "declared":
        yield Prepare(subject=name, cause=target.cause, revision=target.revision)
    if current.state != "prepared":
        return
    if not rollout.is_down:
        yield from _stand_down(name, target, serving, rollout)
    elif not serving.replicas and len(current.staying) < target.replicas:
        yield Scale.to(current, target.replicas, target.cause)
    elif current.ready:
        yield from _end_dip(name, target, rollout, serving.revision)


def _stand_down(
    name: str, target: Target, serving: ObservedRevision, rollout: ObservedRollout
) -> Iterator[Step]:
    """Ask the one that serves while it can answer, if the next one is to be compared; then stop it.

    Who asks for proof does not get rid of it by a crash of the old revision: that is waited for.
    """
    revision, before, probe = target.revision, serving.revision, target.model.probe
    asks_nobody = rollout.forced or not target.model.is_proven or serving.state != "prepared"
    if rollout.paused or (not serving.ready and not asks_nobody):
        return
    if probe is not None and not asks_nobody and rollout.baseline != "asked":
        if rollout.baseline == "":
            cause = target.proof or probe.suite.name
            yield AskBefore(subject=name, cause=cause, revision=revision, before=before)
        return
    cause = _price(target, before.number)
    yield StandDown(subject=name, cause=cause, revision=revision, before=before)


def _price(target: Target, before: int) -> str:
    """What a dip costs: the time, and whatever takes two revisions that answer."""
    settings = target.model.rollout
    parts = [str(target.dip)]
    if len(settings.steps) > 1 or settings.shadow is not None:
        parts.append("its steps are left out")
    if target.model.probe is None:
        parts.append(f"nothing compares it with r{before}, as the model has no probe")
    if target.dip is not None and target.dip.needs_leave:
        parts.append("needs --allow-downtime")
    return "; ".join(parts)


def _end_dip(
    name: str, target: Target, rollout: ObservedRollout, before: Revision
) -> Iterator[Step]:
    """Whether what is ready now serves or goes: it has answered as well as the one before, or not.

    One that could not be compared, as nobody was asked before, has nothing more to show.
    """
    is_compared = rollout.baseline == "asked" and not rollout.forced
    if not is_compared or rollout.verdict == "promote":
        cause = rollout.reason or "its replicas are ready"
        yield Serve(subject=name, cause=cause, revision=target.revision, before=before.number)
    elif rollout.verdict == "":
        cause = f"by what r{before.number} has answered before it stopped"
        yield Prove(subject=name, cause=cause, revision=target.revision, before=before)
    elif rollout.verdict != "proving":
        yield GiveUp(subject=name, cause=rollout.reason, revision=target.revision)


def _waits_for_room(
    current: ObservedRevision, model: ObservedModel, hosted: frozenset[int]
) -> bool:
    """Whether what serves and has stopped for another one waits until that has gone."""
    stay = {model.serving, *hosted}
    others = (one for number, one in model.revisions.items() if number not in stay)
    is_back = model.serving == current.revision.number and not current.replicas
    return is_back and any(one.replicas for one in others)


def _take_over(
    name: str, target: Target, model: ObservedModel, serving: ObservedRevision | None
) -> Iterator[Step]:
    """The traffic at once, unless the model asks for proof or steps.

    Then what serves and cannot answer now is waited for: a crash of the old revision is no reason
    to trust the new one.
    """
    rollout = model.rollout_of(target.revision.number)
    if serving is None and target.replicas and target.model.probe and not rollout.forced:
        yield from take_over_first(name, target, model)
    elif (
        serving is None
        or not target.replicas
        or not target.model.is_proven
        or serving.state != "prepared"
    ):
        cause = "its replicas are ready" if target.replicas else target.cause
        yield Serve(subject=name, cause=cause, revision=target.revision, before=model.serving)
    elif not rollout.paused and (serving.ready or rollout.forced):
        yield from _roll_out(name, target, rollout, serving.revision)


def _roll_out(
    name: str, target: Target, rollout: ObservedRollout, before: Revision
) -> Iterator[Step]:
    """The next step of a ready revision: proof, copies, then ever more of the traffic."""
    revision, settings, probe = target.revision, target.model.rollout, target.model.probe
    reason = rollout.reason or "its replicas are ready"
    if probe is not None and not rollout.forced and rollout.verdict != "promote":
        if rollout.verdict == "":
            cause = target.proof or f"{probe.suite.name}, margin {settings.margin:g}"
            yield Prove(subject=name, cause=cause, revision=revision, before=before)
        elif rollout.verdict == "roll back":
            yield GiveUp(subject=name, cause=rollout.reason, revision=revision)
        return
    if rollout.unheard and not rollout.forced:
        yield Pause(subject=name, cause=rollout.unheard, revision=revision)
        return
    shadow = settings.shadow
    is_shown = rollout.agreement == "promote" or rollout.weight or rollout.forced
    if shadow is not None and not is_shown:
        if rollout.agreement == "":
            yield Shadow(
                subject=name,
                cause=f"answers may differ for less than {100 * settings.margin:g} %",
                revision=revision,
                before=before,
                fraction=shadow.fraction,
            )
        return
    share = next((one for one in settings.steps if one > rollout.weight), WHOLE)
    if rollout.forced or (share == WHOLE and (rollout.held or not rollout.weight)):
        yield Serve(subject=name, cause=reason, revision=revision, before=before.number)
    elif rollout.held or not rollout.weight:
        yield Shift(subject=name, cause=reason, revision=revision, before=before, weight=share)


def _hold(
    serving: ObservedRevision,
    target: Target,
    current: ObservedRevision,
    hosted: frozenset[int],
) -> Iterator[Step]:
    """What serves keeps its replicas until the next revision can take over.

    One that has none, as it stopped for another, comes back once that has gone.
    """
    leaves = current.state == "failed" and current.revision.number not in hosted
    if leaves and current.replicas and not serving.replicas:
        return
    wanted = min(serving.revision.model.replicas, target.replicas)
    if len(serving.staying) < wanted and serving.state == "prepared":
        number = current.revision.number
        is_failed = current.state == "failed"
        cause = f"r{number} failed" if is_failed else f"it serves until r{number} is ready"
        yield Scale.to(serving, wanted, cause)


def _can_take_over(
    current: ObservedRevision, serving: ObservedRevision | None, replicas: int
) -> bool:
    """A first revision serves with one replica; a next one only when it is not fewer."""
    if serving is None or not serving.ready:
        return bool(current.ready) or replicas == 0
    return len(current.ready) >= replicas
