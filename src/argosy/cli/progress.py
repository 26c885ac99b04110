"""Following a change until it has settled: line by line, or as a live table."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from argosy import find
from argosy.cli import table
from argosy.errors import (
    ArgosyError,
    CompanionFailed,
    GatewayError,
    ModelFailed,
    NotRunning,
    RolloutPaused,
)
from argosy.supervisor.client import Client, ensure_running, is_running
from argosy.supervisor.status import ModelStatus, RolloutStatus, StackStatus

PATIENCE = 10.0  # a step that fails is tried again; for so long nobody is told
Change = Callable[[], int]
Say = Callable[[str, str], None]


def follow(client: Client, change: Change, say: Say | None = None) -> StackStatus:
    """Make the change and tell what happens until it has settled; returns the last status.

    It is printed, unless ``say`` takes it: a model's name, and what becomes of it.
    """
    say = say or _show
    told: dict[str, str] = {}
    for status, settled in _statuses(client, change):
        for model in status.models:
            told_now = line(model)
            if told_now and told.get(model.name) != told_now:
                told[model.name] = told_now
                say(model.name, told_now)
        if settled:
            return status
    raise ArgosyError(
        "the supervisor ended before all was done",
        next_step="Run `argosy up` again; why it ended may stand in .argosy/supervisor.log.",
    )


def _show(model_name: str, text: str) -> None:
    click.echo(f"  {model_name:<12} {text}", err=True)


def live(client: Client, change: Change) -> None:
    """Make the change and show the stack until the supervisor ends or a signal comes."""
    from rich.live import Live

    console = table.console()
    if not console.is_terminal:
        report(None, follow(client, change))
        for _ in client.watch():
            pass
        return
    with Live(console=console, auto_refresh=False) as view:
        for status, _ in _statuses(client, change):
            view.update(table.stack_table(status, replicas=True), refresh=True)


def report(before: StackStatus | None, after: StackStatus) -> None:
    """Print how the stack stands; raises `ModelFailed` if a model does not run as declared."""
    troubled = any(model.state in {"failed", "paused"} for model in after.models)
    if before is not None and not troubled and _same(before, after):
        click.echo("Nothing to do: everything runs as declared.")
    served = {model.name for model in before.models if model.serving} if before else set()
    for model in after.models:
        click.echo(table.summary(model))
        if model.first and model.serving and model.name not in served:
            click.echo(f"    {model.first.said}")
        for text in table.warnings(model):
            click.secho(f"  {text}", fg="yellow")
    if after.gateway.warning:
        click.secho(f"  gateway: {after.gateway.warning}", fg="yellow")
    check(after)


def check(after: StackStatus) -> None:
    """Raises `ModelFailed` if a model does not run as declared."""
    if paused := [model for model in after.models if model.state == "paused"]:
        (first, *_), names = paused, ", ".join(model.name for model in paused)
        raise RolloutPaused(
            f"the rollout of {names} waits for you: {_why_paused(first)}",
            next_step=f"{table.choices(first.name, first.rollout)};"
            f" `argosy rollout status {first.name}` shows why.",
        )
    if failed := [model for model in after.models if model.state == "failed"]:
        names = ", ".join(_next(model) for model in failed)
        reasons = "\n".join(table.failure(model) for model in failed)
        kept = [f"{one.name} r{one.serving}" for one in failed if one.serving and one.ready]
        serving = f" {', '.join(kept)} goes on serving." if kept else ""
        given_up = all(one.serving and one.target != one.serving for one in failed)
        what = "did not take over" if given_up else "did not become ready"
        step = f"The whole log: `argosy logs {failed[0].name}`."
        if failed[0].was_rolled_back:
            step = f"The evidence: `argosy rollout status {failed[0].name}`."
        raise ModelFailed(f"{names} {what}.{serving}\n{reasons}", next_step=step)
    if after.companions:
        reasons = "\n".join(f"{name}: {reason}" for name, reason in after.companions.items())
        raise CompanionFailed(
            f"not all of `services` come up:\n{reasons}",
            next_step="It is tried again and again; the models that do not need them serve.",
        )


def paused_rollouts(file: Path) -> Iterator[str]:
    """A line for each rollout of the stack that waits for people; none where nothing runs."""
    if not is_running(file):
        return
    with Client(file) as client:
        for model in client.status().models:
            if model.state == "paused":
                yield (
                    f"The rollout of {model.name} waits for you: {_why_paused(model).rstrip('.')}."
                    f" {table.choices(model.name, model.rollout)} decides."
                )


def _why_paused(model: ModelStatus) -> str:
    return (model.rollout and model.rollout.reason) or model.reason


def _next(model: ModelStatus) -> str:
    """``digits``, or ``digits r2`` where another revision serves."""
    named = model.serving and model.target and model.target != model.serving
    return f"{model.name} r{model.target}" if named else model.name


def stop(file: Path) -> bool:
    """Bring the stack down and wait until nothing of it runs; False when nothing did."""
    if file not in find.run_folders():
        return False
    if not is_running(file):
        ensure_running(file)
    with Client(file) as client:
        client.down()
        for _ in client.wait_until_gone():
            pass
    return True


def _statuses(client: Client, change: Change) -> Iterator[tuple[StackStatus, bool]]:
    """Each status, and whether the change has settled with it."""
    inbox: queue.Queue[StackStatus | int | BaseException | None] = queue.Queue()
    threading.Thread(target=_watch, args=(client, inbox), daemon=True).start()
    threading.Thread(target=_make, args=(change, inbox), daemon=True).start()
    generation: int | None = None
    troubled_since: float | None = None
    while True:
        item = inbox.get()
        if item is None:
            if generation is None:
                _raise_refusal(inbox.get())
            return
        if isinstance(item, BaseException):
            raise item
        if isinstance(item, int):
            generation, item = item, client.status()
        troubled_since = (troubled_since or time.monotonic()) if item.problem else None
        if troubled_since and time.monotonic() - troubled_since > PATIENCE:
            raise GatewayError(item.problem)
        done = generation is not None and item.generation >= generation
        yield item, done and item.settled


def _raise_refusal(outcome: object) -> None:
    """A supervisor that refuses a change and has nothing to do ends; its answer may come later."""
    if isinstance(outcome, BaseException) and not isinstance(outcome, NotRunning):
        raise outcome


def _watch(client: Client, inbox: queue.Queue[StackStatus | int | BaseException | None]) -> None:
    try:
        for status in client.watch():
            inbox.put(status)
    except ArgosyError as error:
        inbox.put(error)
    inbox.put(None)


def _make(change: Change, inbox: queue.Queue[StackStatus | int | BaseException | None]) -> None:
    try:
        inbox.put(change())
    except ArgosyError as error:
        inbox.put(error)


def line(model: ModelStatus) -> str:
    """What becomes of a model, in a few words; empty where there is nothing to tell."""
    if model.activity:
        return model.activity
    if model.state == "ready" or model.target is None:
        return ""
    if model.state == "rolling" and (share := _share(model.name, model.rollout)):
        return share
    states = {one.state for one in model.replicas if one.revision == model.target}
    detail = next((one for one in ("loading", "starting", "waiting") if one in states), "")
    rolls = "takes over" if "ready" in states else "starting"
    return (
        f"{table.revision(model)} {detail or (rolls if model.state == 'rolling' else model.state)}"
    )


def _share(name: str, rollout: RolloutStatus | None) -> str:
    """A line that stays the same as long as there is nothing to do about it.

    Empty where it has no share, and neither gate nor copies look at it.
    """
    if rollout is None:
        return ""
    came = f"r{rollout.before} → r{rollout.revision}"
    if rollout.waits_since is None and not rollout.weight:
        return f"{came} is proven at 0 %" if rollout.verdict == "proving" else ""
    gets = "has" if rollout.weight else "gets copies at"
    line = f"{came} {gets} {rollout.weight:g} %{' of the traffic' if rollout.weight else ''}"
    if rollout.waits_until is None or not rollout.waits(time.time()):
        return line
    until = time.strftime("%H:%M:%S", time.localtime(rollout.waits_until))
    return (
        f"{line} until enough requests have come to decide, or pauses at {until};"
        f" to go on without: `argosy rollout promote {name}`"
    )


def _same(before: StackStatus, after: StackStatus) -> bool:
    def shape(status: StackStatus) -> list[object]:
        return [
            (one.name, one.serving, [replica.pid for replica in one.replicas])
            for one in status.models
        ]

    return bool(before.models) and before.up and shape(before) == shape(after)
