"""How a rollout looks: its shares of the traffic, the evidence, both accuracies."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from argosy.cli import table
from argosy.errors import UsageError
from argosy.find import state_folder
from argosy.rollout.comparison import Comparison, Estimate
from argosy.rollout.evidence import shown
from argosy.rollout.gate import Decision
from argosy.rollout.guards import Finding
from argosy.rollout.noise import Noise
from argosy.rollout.report import Flip
from argosy.supervisor.client import Client
from argosy.supervisor.messages import ROLLOUTS
from argosy.supervisor.rollouts.reporting import flips, report_file
from argosy.supervisor.rollouts.stored import StoredRollout, StoredShadow
from argosy.supervisor.status import ModelStatus, RolloutStatus

MOST_FLIPS = 10  # items that are shown
LONGEST = 40  # characters of an answer
BAR = 20  # characters of a whole share or of enough evidence
FULL, EMPTY = "█", "·"
STATES = {"ok": "green", "tripped": "red", "waiting": "yellow"}
OUTCOMES = {"promoted": "green", "rolled back": "red", "aborted": "yellow"}


def show(client: Client, name: str) -> None:
    """Print what is under way, and what was."""
    status, history = _asked(client, name)
    table.console().print(picture(status, history, client.noise(name), state_folder(client.file)))


def watch(client: Client, name: str) -> None:
    """Show it until nothing is under way any more."""
    console, state, noise = table.console(), state_folder(client.file), client.noise(name)
    if not console.is_terminal:
        for line in _told(client, name):
            click.echo(line)
        show(client, name)
        return
    with Live(console=console, auto_refresh=False) as view:
        for stack in client.watch():
            status = next((one for one in stack.models if one.name == name), None)
            view.update(picture(status, client.rollouts(name), noise, state), refresh=True)
            if status is None or not _is_under_way(status):
                return


def as_data(client: Client, name: str) -> dict[str, Any]:
    """The same as values that JSON has."""
    status, history = _asked(client, name)
    state = state_folder(client.file)
    last = history[0] if history else None
    return {
        "model": name,
        "serving": status.serving if status else None,
        "target": status.target if status else None,
        "state": status.state if status else "stopped",
        "first": asdict(status.first) if status and status.first else None,
        "rollouts": ROLLOUTS.dump_python(history, mode="json"),
        "decision": dict(status.rollout.decision) if status and status.rollout else {},
        "waits_for": status.rollout.waits_for if status and status.rollout else "",
        "noise": asdict(noise) if (noise := client.noise(name)) else None,
        "flips": [asdict(one) for one in flips(state, last)] if last else [],
        "reports": [str(file) for one in history if (file := report_file(state, one)).exists()],
    }


def _asked(client: Client, name: str) -> tuple[ModelStatus | None, list[StoredRollout]]:
    history = client.rollouts(name)
    models = client.status().models
    status = next((one for one in models if one.name == name), None)
    if status is None and not history:
        known = ", ".join(one.name for one in models)
        raise UsageError(f"no model is named {name!r}", next_step=f"The models are: {known}.")
    return status, history


def _is_under_way(status: ModelStatus) -> bool:
    return status.state in {"building", "starting", "rolling"}


def _told(client: Client, name: str) -> Iterator[str]:
    """A line for each change, where nothing can be drawn."""
    last = ""
    for stack in client.watch():
        status = next((one for one in stack.models if one.name == name), None)
        line = f"{name} {summary(status)}" if status else ""
        if line and line != last:
            last = line
            yield line
        if status is None or not _is_under_way(status):
            return


def summary(status: ModelStatus) -> str:
    """One line: from where to where, how far, and why it stands."""
    rollout = status.rollout
    if rollout is None:
        return f"{table.revision(status)} {status.state}"
    told = [f"r{rollout.before} → r{rollout.revision} {_phase(rollout)}".rstrip(".")]
    if decision := _decision(rollout):
        told.append(_found(decision))
    return ", ".join(told)


def _found(decision: Decision) -> str:
    if decision.gate.kind == "point":
        return f"difference {decision.whole.difference.value:+.4g}"
    return f"E {shown(decision.whole.e)}, F {shown(decision.whole.f)}"


def _phase(rollout: RolloutStatus) -> str:
    if rollout.down_since is not None:
        return _dip(rollout, rollout.down_since)
    if rollout.paused:
        return f"paused at {rollout.weight:g} %: {rollout.reason}"
    if rollout.asks_before:
        return f"waits while r{rollout.before} is asked, which then stops"
    if rollout.verdict == "proving":
        decision = _decision(rollout)
        seen = f" {decision.seen} of {decision.total} items" if decision else ""
        return f"asked at 0 %{seen}"
    if rollout.shadow and not rollout.shadow.verdict and not rollout.weight:
        shadow = rollout.shadow
        return f"gets copies at 0 %, {shadow.seen} of at most {shadow.total} compared"
    waits = f", {rollout.waits_for}" if rollout.waits_for else ""
    return f"has {rollout.weight:g} % of the traffic{waits}"


def _dip(rollout: RolloutStatus, since: float) -> str:
    """What is done while nobody answers."""
    decision = _decision(rollout)
    seen = f", {decision.seen} of {decision.total} items" if decision else ""
    now = "is asked" if rollout.verdict == "proving" else "starts"
    took = f"nobody answers for {max(0.0, time.time() - since):.0f} s now"
    return f"{now} in its place{seen}; {took}"


def _decision(rollout: RolloutStatus) -> Decision | None:
    return Decision.from_data(rollout.decision) if rollout.decision else None


def picture(
    status: ModelStatus | None,
    history: Sequence[StoredRollout],
    noise: Noise | None,
    state: Path,
) -> RenderableType:
    """What is under way, and what was, the newest first."""
    parts: list[RenderableType] = []
    last = history[0] if history else None
    differing = list(flipped(last.model, flips(state, last))) if last else []
    if status is not None and status.rollout is not None:
        parts += _current(status, status.rollout)
    elif status is not None:
        parts.append(Text(_standing(status)))
        if status.first and status.first.said:
            parts.append(Text(f"  r{status.target}, the first: {status.first.said}"))
    if noise is not None:
        style = "yellow" if noise.hides_margin else ""
        parts.append(Text(f"  noise       {noise.sentence}", style=style))
    parts += differing if last and not last.outcome else ()
    ended = [one for one in history if one.outcome]
    if ended:
        parts.append(Text("\nBEFORE", style="dim"))
        for one in ended:
            parts += _past(one, report_file(state, one))
            if one is last:
                parts += [Text.assemble("  ", line) for line in _rested_on(one)]
                parts += differing
    if not parts:
        parts.append(Text("Nothing was rolled out yet."))
    return Group(*parts)


def _standing(status: ModelStatus) -> str:
    """Which revision serves, and how the one stands that should."""
    if status.serving is None:
        return f"{status.name} r{status.target or '-'} {status.state}, and none serves"
    named = f"r{status.target} " if status.target not in {None, status.serving} else ""
    return f"{status.name} r{status.serving} serves, {named}{status.state}"


def _current(status: ModelStatus, rollout: RolloutStatus) -> Iterator[RenderableType]:
    head = f"{status.name} r{rollout.before} → r{rollout.revision}"
    yield Text.assemble((head, "bold"), f"  {_phase(rollout)}")
    steps = " → ".join(
        f"[{step:g} %]" if step == rollout.weight else f"{step:g} %" for step in rollout.steps
    )
    at = "[0 %]" if not rollout.weight else "0 %"
    until = ""
    if rollout.held_until and rollout.held_until > time.time():
        until = f"  for {rollout.held_until - time.time():.0f} s more at least"
    if rollout.down_since is None:
        yield Text(f"  traffic     {at} → {steps}{until}")
    if decision := _decision(rollout):
        yield from gate(decision)
    yield from _guarded(rollout.guards)
    if rollout.paused:
        yield Text(f"  It waits for you: {table.choices(status.name, rollout)}.", style="yellow")
    elif rollout.waits_until:
        until = time.strftime("%H:%M:%S", time.localtime(rollout.waits_until))
        yield Text(
            f"  It waits for requests, until {until} at the longest, and then pauses. To end that:"
            f" `argosy rollout promote {status.name}` or `argosy rollout abort {status.name}`."
        )
    if rollout.shadow:
        yield from shadow(rollout.shadow)


def shadow(found: StoredShadow) -> Iterator[Text]:
    """What copies of requests have shown."""
    yield Text(f"  copies      {_bar(found.seen / max(found.total, 1))} {found.seen}"
               f" of at most {found.total}")  # fmt: skip
    agreeing = Estimate(found.agreeing / max(found.seen, 1), found.low, found.high)
    yield Text(f"  alike       {_share(agreeing)}   {found.differing} differ")
    left_out = [f"{found.unpaired} lost"] if found.unpaired else []
    left_out += [f"{count} because {reason}" for reason, count in found.left_out.items()]
    if left_out:
        yield Text(f"  left out    {', '.join(left_out)}")
    yield Text(
        f"  differing   {100 * found.differing_at_most:.3g} % at most, less than"
        f" {100 * found.margin:g} % is needed"
    )
    if found.file:
        yield Text(f"  pairs       {found.file}")
    if found.reason:
        style = "green" if found.verdict == "promote" else "yellow"
        yield Text(f"  {found.reason}", style=style)


def gate(decision: Decision) -> Iterator[Text]:
    """What a decision rests on, and what it is."""
    yield from _evidence(decision)
    yield from _compared("all", decision.whole)
    for tag, part in decision.slices.items():
        gates = " (gates)" if tag in decision.gate.slices else ""
        yield from _compared(f"{tag}{gates}", part)
    style = {"promote": "green", "roll back": "red"}.get(decision.verdict, "yellow")
    yield Text(f"  {decision.reason}", style=style)


def _evidence(decision: Decision) -> Iterator[Text]:
    enough = decision.gate.enough
    yield Text(f"  items       {_bar(decision.seen / max(decision.total, 1))} {decision.seen}"
               f" of {decision.total}")  # fmt: skip
    if decision.gate.kind == "point":
        yield Text(
            f"  observed    {decision.whole.difference.value:+.4g} so far,"
            f" {-decision.gate.margin:g} or more is enough after all items"
        )
    else:
        if decision.gate.test == "e-process":
            yield Text(f"  not worse   {_of(decision.whole.e, enough)}")
        yield Text(f"  worse       {_of(decision.whole.f, enough)}")


def _guarded(findings: Sequence[Finding]) -> Iterator[Text]:
    for one in findings:
        name = one.guard.replace("_", " ")
        yield Text(f"  {name:<11} {one.state}: {one.sentence}", style=STATES[one.state])


def flipped(model_name: str, found: Sequence[Flip]) -> Iterator[RenderableType]:
    """The items on which the revisions differ, what is lost first; of many the first."""
    if not found:
        return
    lost = sum(one.after_score < one.before_score for one in found)
    counted = "1 item" if lost == 1 else f"{lost} items"
    yield Text(f"    {counted} lost, {len(found) - lost} gained:")
    ordered = sorted(found, key=lambda one: one.after_score - one.before_score)
    for one in ordered[:MOST_FLIPS]:
        scores = f"{one.before_score:.2f} → {one.after_score:.2f}"
        expected, before, after = map(_short, (one.expected, one.before, one.after))
        yield Text(f"      {scores}  {one.item}: expected {expected}, was {before}, is {after}")
    if len(found) > MOST_FLIPS:
        more = len(found) - MOST_FLIPS
        yield Text(f"      … and {more} more: `argosy rollout status {model_name} --json`")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _compared(what: str, part: Comparison) -> Iterator[Text]:
    if part.items:
        yield Text(
            f"  {what:<11} {_share(part.before)} → {_share(part.after)}"
            f"   {part.gained} gained, {part.lost} lost, {part.ties} alike"
        )


def _share(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def _of(value: float, enough: float) -> str:
    return f"{_bar(min(1.0, max(value, 0.0) / enough))} {shown(value)} of {enough:g}"


def _bar(share: float) -> str:
    full = round(BAR * share)
    return FULL * full + EMPTY * (BAR - full)


def _past(one: StoredRollout, report: Path) -> Iterator[RenderableType]:
    took = (one.ended_at or one.started_at) - one.started_at
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(one.started_at))
    line = Text(f"  {when}  r{one.before} → r{one.revision}  ")
    line.append(f"{one.outcome:<11}", style=OUTCOMES.get(one.outcome, ""))
    if one.down_since is not None and one.outcome == "promoted":
        silent = (one.ended_at or one.down_since) - one.down_since
        line.append(f" nobody answered for {silent:.1f} s,")
    line.append(f" after {took:.0f} s  {_why(one.decision, one.reason)}", style="dim")
    yield line
    if report.exists():
        here = report.relative_to(Path.cwd()) if report.is_relative_to(Path.cwd()) else report
        yield Text(f"    {here}", style="dim", overflow="fold", no_wrap=True)


def _rested_on(one: StoredRollout) -> Iterator[Text]:
    """What decided a rollout that has ended; of the slices those that gate, its report has all."""
    if one.decision:
        decision = Decision.from_data(one.decision)
        yield from _evidence(decision)
        yield from _compared("all", decision.whole)
        for tag in decision.gate.slices:
            yield from _compared(f"{tag} (gates)", decision.slices[tag])
    if one.shadow:
        yield from shadow(one.shadow)
    yield from _guarded(one.guards)


def _why(decision: Mapping[str, Any], reason: str) -> str:
    told = str(decision["reason"]) if decision and not reason else reason
    return told.strip().splitlines()[-1] if told.strip() else ""
