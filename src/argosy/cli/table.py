"""How statuses look: the table of `ps` and of the live view."""

from __future__ import annotations

import time

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from argosy.images import layout
from argosy.images.report import Report
from argosy.platforms.platform import ColdStart, Replica
from argosy.stack.units import megabytes
from argosy.supervisor.status import ModelStatus, RolloutStatus, StackStatus

COLOURS = {
    "ready": "green",
    "failed": "red",
    "degraded": "yellow",
    "queueing": "yellow",
    "unready": "yellow",
    "waiting": "yellow",
}
REASON_LINES = 6
SHOWN_PACKAGES = 10


def console() -> Console:
    """Where tables go: colours only on a terminal, never cut where output is piped."""
    made = Console(highlight=False, soft_wrap=False)
    if not made.is_terminal:
        made = Console(highlight=False, width=10_000, no_color=True)
    return made


def stack_table(status: StackStatus, replicas: bool = False) -> RenderableType:
    """A line per model, or with ``replicas`` a line per replica, and the reasons of what failed."""
    table = Table(box=None, pad_edge=False, header_style="dim", show_header=True)
    heads = ("MODEL", "REVISION", "REPLICAS", "STATE", "COLD START", "URL")
    for head in heads:
        table.add_column(head, no_wrap=head != "STATE")
    for model in status.models:
        table.add_row(*_model_row(model))
        if replicas:
            for replica in model.replicas:
                is_guest = replica.revision in model.guests
                table.add_row(*_replica_row(replica, is_guest=is_guest))
    parts: list[RenderableType] = [table]
    parts += [_failure(model) for model in status.models if model.reason and _is_shown(model)]
    parts += [Text(text, style="yellow") for model in status.models for text in warnings(model)]
    parts += [
        Text(f"{name} does not come up: {reason}", style="yellow")
        for name, reason in status.companions.items()
    ]
    if status.gateway.warning:
        parts.append(Text(f"gateway: {status.gateway.warning}", style="yellow"))
    if status.gateway.state not in {"serving", "absent"} or status.problem:
        reason = status.problem or status.gateway.reason
        parts.append(Text(f"gateway {status.gateway.state}: {reason}", style="yellow"))
    return Group(*parts)


def image_table(report: Report) -> RenderableType:
    """What an image consists of: its layers, then its packages, the largest first."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    made.add_column(report.model.upper(), no_wrap=True)
    made.add_column("SIZE", justify="right", no_wrap=True)
    made.add_column("")
    for layer in report.layers:
        shared = f"also in {', '.join(layer.models)}" if layer.models else ""
        made.add_row(layer.name, megabytes(layer.size), Text(shared, style="dim"))
        if layer.name == str(layout.ENVIRONMENT):
            for one in report.packages[:SHOWN_PACKAGES]:
                note = f"for training alone: {one.only_for}" if one.only_for else ""
                named = f"  {one.name} {one.version}"
                made.add_row(named, megabytes(one.size), Text(note, style="yellow"))
            if others := report.packages[SHOWN_PACKAGES:]:
                total = sum(one.size for one in others)
                made.add_row(f"  {len(others)} more", megabytes(total), "")
    budget = f"of {megabytes(report.budget)} allowed" if report.budget else "no max_size"
    made.add_row(Text("all", style="bold"), megabytes(report.size), Text(budget, style="dim"))
    if unneeded := report.training_only:
        cost = megabytes(sum(one.size for one in unneeded))
        names = ", ".join(one.name for one in unneeded)
        made.add_row(Text(f"without {names}: {cost} less", style="yellow"), "", "")
    return Group(made, "")


def summary(model: ModelStatus) -> str:
    """One model in one line of plain text, as `up -d` prints it."""
    cold = f"cold start {seconds(model.cold_start.total)}" if model.cold_start else ""
    return (
        f"  {model.name:<12} {revision(model):<9} {model.ready}/{model.wanted} {model.state:<9}"
        f" {cold:<17} {model.url}".rstrip()
    )


def revision(model: ModelStatus) -> str:
    """``r1``, or ``r1 → r2`` while a next one is on its way."""
    if model.serving and model.target and model.serving != model.target:
        return f"r{model.serving} → r{model.target}"
    number = model.serving or model.target
    return f"r{number}" if number else "-"


def choices(name: str, rollout: RolloutStatus | None) -> str:
    """The commands by which people decide about a rollout that is paused."""
    words = rollout.choices if rollout else ("promote", "abort")
    *others, last = (f"`argosy rollout {word} {name}`" for word in words)
    return f"{', '.join(others)} or {last}"


def seconds(value: float) -> str:
    """A duration for people: ``1.4 s``."""
    return f"{value:.1f} s" if value < 100 else f"{value:.0f} s"


def ago(value: float) -> str:
    """How long ago, for people: ``12 s ago``."""
    return f"{value:.0f} s ago" if value < 120 else f"{value / 60:.0f} min ago"


def phases(cold_start: ColdStart | None) -> str:
    """A cold start with what it consists of, in seconds."""
    if cold_start is None:
        return "-"
    parts = f"{cold_start.start:.1f} start, {cold_start.load:.1f} load"
    return f"{seconds(cold_start.total)} ({parts}, {cold_start.warm_up:.1f} warm-up)"


def failure(model: ModelStatus) -> str:
    """Why a model does not run as it should: the last lines of its own traceback."""
    lines = model.reason.strip().splitlines()[-REASON_LINES:]
    return "\n".join([f"{model.name}: {lines[0]}", *(f"    {line}" for line in lines[1:])])


def warnings(model: ModelStatus) -> list[str]:
    """What its users should know although it runs; once, however many replicas say it."""
    said = dict.fromkeys(replica.warning for replica in model.replicas if replica.warning)
    return [f"{model.name}: {text}" for text in said]


def _model_row(model: ModelStatus) -> list[Text | str]:
    state = Text(model.state, style=COLOURS.get(model.state, ""))
    if model.activity:
        state.append(f" ({model.activity})", style="dim")
    elif model.rollout and not model.rollout.paused and model.rollout.waits(time.time()):
        state.append(" (waits for requests)", style="yellow")
    elif model.state == "ready" and (restarts := sum(one.restarts for one in model.replicas)):
        state.append(f" ({restarts} restarts)", style="yellow")
    cold = seconds(model.cold_start.total) if model.cold_start else "-"
    if model.environment_seconds and model.environment_seconds >= 1:
        cold += f" (environment {seconds(model.environment_seconds)})"
    return [model.name, revision(model), f"{model.ready}/{model.wanted}", state, cold, model.url]


def _replica_row(replica: Replica, *, is_guest: bool) -> list[Text | str]:
    state = Text(replica.state, style=COLOURS.get(replica.state, ""))
    notes = ["only for `argosy probe`"] if is_guest else []
    if replica.restarts:
        notes.append(f"{replica.restarts} restarts")
    if replica.accuracy is not None:
        notes.append(f"accuracy {replica.accuracy:.3g}, {ago(time.time() - replica.probed_at)}")
    if replica.reason:
        notes.append(replica.reason.strip().splitlines()[-1])
    if notes:
        state.append(f" ({'; '.join(notes)})", style="dim")
    memory = f"{replica.memory / 2**20:.0f} MiB" if replica.memory else "-"
    pid = f"pid {replica.pid}" if replica.pid else "-"
    return [f"  {replica.name}", pid, memory, state, phases(replica.cold_start)]


def _is_shown(model: ModelStatus) -> bool:
    return model.state in {"failed", "degraded"} or any(one.restarts for one in model.replicas)


def _failure(model: ModelStatus) -> Text:
    style = "red" if model.state == "failed" else "yellow"
    return Text(failure(model), style=style)
