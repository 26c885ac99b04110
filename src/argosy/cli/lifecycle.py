"""`up`, `down`, `plan`, `scale`, `restart`: what changes a stack."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from argosy.cli.own_stack import NO_LINT, refuse_errors

if TYPE_CHECKING:
    from argosy.cli.progress import Change
    from argosy.stack.model import Stack
    from argosy.supervisor.client import Client
    from argosy.supervisor.status import StackStatus


PLATFORM = click.option(
    "--platform",
    type=click.Choice(("process", "compose")),
    help="Run replicas there, whatever the file says.",
)


ALLOW_DOWNTIME = click.option(
    "--allow-downtime",
    is_flag=True,
    help="Stop what serves before the next revision starts, where both do not fit.",
)


@click.command()
@click.argument("stack", default=".")
@click.option("-d", "--detach", is_flag=True, help="Return once everything is ready.")
@ALLOW_DOWNTIME
@PLATFORM
@NO_LINT
def up(stack: str, detach: bool, allow_downtime: bool, platform: str | None, no_lint: bool) -> None:
    """Make the stack run as its file says.

    In the foreground a live table is shown and Ctrl-C stops the stack; with -d it runs on. Where a
    next revision fits only in the place of the one that serves, nothing happens without
    --allow-downtime; `plan` says for how long nobody would answer. What `argosy lint` calls an
    error is refused.
    """
    from argosy import find
    from argosy.stack.file import load
    from argosy.supervisor.client import Client, ensure_running

    file = find.stack_file(Path(stack))
    declared = _on(load(file), platform)
    if not no_lint:
        refuse_errors(file)
    _tell_of_companions(declared)
    _tell_of_unproven(declared)
    _keep_secrets(declared)
    ensure_running(file)
    with Client(file) as client:
        before = client.status()
        _tell_of_keys(client, declared)
        if detach:
            _settle(client, lambda: client.up(declared, allow_downtime=allow_downtime), before)
            return
        with _stopped_by_signal(file):
            _show_live(client, lambda: client.up(declared, allow_downtime=allow_downtime))


@click.command()
@click.argument("stack", default=".")
def down(stack: str) -> None:
    """Stop the stack.

    Requests that run are finished first; environments, weights and logs are kept.
    """
    from argosy import find

    _stop(find.stack_named(stack))


@click.command()
@click.argument("stack", default=".")
@click.option("--json", "as_json", is_flag=True, help="Print the steps as JSON.")
@PLATFORM
def plan(stack: str, as_json: bool, platform: str | None) -> None:
    """Show what `up` would do, and why.

    Environments are resolved, so that a changed lock is seen; nothing is built or started.
    """
    from argosy import find
    from argosy.cli.progress import paused_rollouts
    from argosy.stack.file import load
    from argosy.supervisor.foresight import planned_steps

    file = find.stack_file(Path(stack))
    declared = _on(load(file), platform)
    steps = planned_steps(declared)
    _tell_of_unproven(declared)
    if as_json:
        click.echo(json.dumps({"steps": steps}, indent=2))
        return
    for step in steps:
        click.echo(f"{step['subject']:<14} {step['step']:<32} {step['cause']}".rstrip())
    if not steps:
        paused = list(paused_rollouts(file))
        for line in paused or ["Nothing to do: everything runs as declared."]:
            click.echo(line)


@click.command()
@click.argument("replicas", nargs=-1, required=True, metavar="[STACK/]MODEL=N...")
@click.option("-d", "--detach", is_flag=True, help="Return at once.")
def scale(replicas: tuple[str, ...], detach: bool) -> None:
    """Have so many replicas of a model, until the next `up`."""
    from argosy.cli.meant import stack_or_model
    from argosy.errors import UsageError
    from argosy.supervisor.client import Client

    wanted: dict[Path, dict[str, int]] = {}
    for one in replicas:
        name, _, number = one.partition("=")
        file, model = stack_or_model(name)
        if model is None or not number.isdigit():
            raise UsageError(
                "not a model and a number of replicas", where=one, next_step="Write MODEL=N."
            )
        wanted.setdefault(file, {})[model] = int(number)
    for file, models in wanted.items():
        with Client(file) as client:
            before = client.status()
            if detach:
                client.scale(models)
            else:
                _settle(client, lambda: client.scale(models), before)  # noqa: B023  called at once
    click.echo("The next `argosy up` goes by the file again; to keep this, set `replicas` there.")


@click.command()
@click.argument("models", nargs=-1, metavar="[STACK | [STACK/]MODEL]...")
@click.option("--gateway", is_flag=True, help="Replace the gateway's Envoy, and no model.")
@ALLOW_DOWNTIME
def restart(models: tuple[str, ...], gateway: bool, allow_downtime: bool) -> None:
    """Replace the replicas of models, or the gateway.

    A new revision of the same content starts beside the old one, which leaves once it is ready.
    With --gateway another Envoy takes the place of the running one, which finishes its streams.
    No request is lost either way.
    """
    from argosy.cli.meant import stack_or_model
    from argosy.errors import UsageError
    from argosy.supervisor.client import Client

    chosen: dict[Path, list[str]] = {}
    for one in models or (".",):
        file, model = stack_or_model(one)
        if gateway and model:
            raise UsageError(
                "--gateway replaces no model", where=one, next_step="Name stacks, or nothing."
            )
        chosen.setdefault(file, []).extend([model] if model else [])
    for file, names in chosen.items():
        with Client(file) as client:
            if gateway:
                client.restart_gateway()
                click.echo("Another Envoy serves; the one before finishes its streams.")
                continue
            before, change = client.status(), partial(client.restart, names)
            _settle(client, partial(change, allow_downtime=allow_downtime), before)


def _on(stack: Stack, platform: str | None) -> Stack:
    return replace(stack, platform=platform) if platform else stack


def _tell_of_companions(stack: Stack) -> None:
    if stack.platform == "process" and stack.services:
        names = ", ".join(stack.services)
        click.echo(
            f"On the platform process the services ({names}) are not started: what they offer has "
            "to run already.",
            err=True,
        )


def _tell_of_unproven(stack: Stack) -> None:
    from argosy.stack.rollouts import unproven

    for text in unproven(stack):
        click.secho(text, fg="yellow", err=True)


def _keep_secrets(stack: Stack) -> None:
    """Here, where the user's environment is: the supervisor may have been started long ago."""
    from argosy import find, secrets

    names = [name for model in stack.models for name in model.secrets]
    secrets.keep(names, stack.folder, find.writable_state_folder(stack.file))


def _tell_of_keys(client: Client, stack: Stack) -> None:
    """A stack that wants keys, and has none, answers nobody."""
    gateway = stack.gateway
    if gateway.needs_keys and not gateway.issuers:
        now = time.time()
        if not any(key.state(now) == "active" for key in client.list_keys()):
            click.echo(
                f"Callers of {stack.name} need a key, and there is none yet:"
                " make one with `argosy keys create NAME`.",
                err=True,
            )


def _settle(client: Client, change: Change, before: StackStatus) -> None:
    """Make the change, tell what happens until it has settled, and fail if a model has."""
    from argosy.cli.progress import follow, report

    after = follow(client, change)
    report(before, after)


def _show_live(client: Client, change: Change) -> None:
    from argosy.cli.progress import live

    live(client, change)


@contextmanager
def _stopped_by_signal(file: Path) -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal bring the stack down; a second one leaves at once."""
    asked = threading.Event()

    def ask(number: int, _: object) -> None:
        if asked.is_set():
            raise SystemExit(130)
        asked.set()
        raise KeyboardInterrupt(number)

    before = {
        one: signal.signal(one, ask) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    except KeyboardInterrupt:
        click.echo("\nStopping … (again to leave it running)")
        _stop(file)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(file: Path) -> None:
    from argosy.cli.progress import stop

    click.echo("Stopped." if stop(file) else "Nothing of this stack runs.")
