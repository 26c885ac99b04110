"""`rollout`, `rollback`: how a next revision takes over, and the way back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from argosy.cli.lifecycle import ALLOW_DOWNTIME

if TYPE_CHECKING:
    from argosy.supervisor.rollouts.stored import Decided
    from argosy.supervisor.status import StackStatus

MODEL = click.argument("model", metavar="[STACK/]MODEL")


@click.group()
def rollout() -> None:
    """How a next revision takes over from the one that serves."""


@rollout.command()
@MODEL
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option("-w", "--watch", is_flag=True, help="Show it until it has ended.")
def status(model: str, as_json: bool, watch: bool) -> None:
    """Show the rollout that is under way and those before."""
    from argosy.cli import rollout_table
    from argosy.supervisor.client import supervised

    file, name = _model(model)
    with supervised(file) as client:
        if as_json:
            click.echo(json.dumps(rollout_table.as_data(client, name), indent=2))
        elif watch:
            rollout_table.watch(client, name)
        else:
            rollout_table.show(client, name)


@rollout.command()
@MODEL
def pause(model: str) -> None:
    """Keep the shares of the traffic as they are."""
    _decide(model, "pause")
    click.echo(f"Paused. `argosy rollout resume {model}` goes on.")


@rollout.command()
@MODEL
def resume(model: str) -> None:
    """Go on after a pause."""
    _decide(model, "resume")
    click.echo(f"It goes on; `argosy rollout status {model} --watch` shows it.")


@rollout.command()
@MODEL
def promote(model: str) -> None:
    """Give the next revision all of the traffic, whatever gate and guards say."""
    _follow(model, "promote")


@rollout.command()
@MODEL
def abort(model: str) -> None:
    """Go back to the revision that serves."""
    _follow(model, "abort")


@click.command()
@MODEL
@click.argument("revision", required=False, metavar="[rN]")
@ALLOW_DOWNTIME
def rollback(model: str, revision: str | None, allow_downtime: bool) -> None:
    """Have an earlier revision serve again: the one before, or rN.

    It is started as it was, with its code, environment, weights and settings; nothing is fetched,
    and no gate is asked, as it has served before. The next `up` goes by the files again.
    """
    from argosy.cli.progress import follow, report
    from argosy.errors import UsageError
    from argosy.supervisor.client import supervised

    file, name = _model(model)
    number = (revision or "").removeprefix("r")
    if revision and not number.isdigit():
        raise UsageError("not a revision", where=revision, next_step="Write r1, r2 …")
    with supervised(file) as client:
        before = client.status()
        chosen = int(number) if number else None
        after = follow(client, lambda: client.back(name, chosen, allow_downtime=allow_downtime))
        if (name, chosen) in {(one.name, one.serving) for one in before.models}:
            _tell(after, name)  # what was on its way has gone, as was asked for
        else:
            report(before, after)


def _model(word: str) -> tuple[Path, str]:
    from argosy.cli.meant import stack_or_model
    from argosy.errors import UsageError

    file, name = stack_or_model(word)
    if name is None:
        raise UsageError("that is a stack", where=word, next_step=f"Name a model: {word}/MODEL.")
    return file, name


def _decide(model: str, what: Decided) -> None:
    from argosy.supervisor.client import supervised

    file, name = _model(model)
    with supervised(file) as client:
        client.roll(name, what)


def _follow(model: str, what: Decided) -> None:
    """Make the decision and tell what happens until it has settled."""
    from argosy.cli.progress import follow
    from argosy.supervisor.client import supervised

    file, name = _model(model)
    with supervised(file) as client:
        after = follow(client, lambda: client.roll(name, what))
    _tell(after, name)


def _tell(status: StackStatus, name: str) -> None:
    from argosy.cli import table

    for one in status.models:
        if one.name == name:
            click.echo(table.summary(one))
