"""`keys`: who may call a stack, and what each of them reaches."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from argosy.keys.key import Key
    from argosy.stack.model import Rate, Stack

DAY = 86400.0
LONGEST_DAYS = 36500
STACK = click.option("-s", "--stack", default=".", help="The stack.  [default: this folder's]")


@click.group()
def keys() -> None:
    """Make, list and revoke the keys of a stack's callers.

    They are needed where the stack file says `keys: required`, or other machines can call. All of
    this works while the stack runs, and while it does not.
    """


@keys.command()
@click.argument("name")
@STACK
@click.option("--models", metavar="A,B", help="The models that it reaches.  [default: all]")
@click.option("--rate", metavar="N/s", help="How much it may ask for: 20/s, 100/min, 5000/h.")
@click.option("--burst", type=click.IntRange(1, 10**9), help="How much of that may come at once.")
@click.option("--expires", metavar="DURATION", help="When it ends: 90d, 12h.  [default: never]")
def create(
    name: str,
    stack: str,
    models: str | None,
    rate: str | None,
    burst: int | None,
    expires: str | None,
) -> None:
    """Make a key, and print it.

    This is the only time that it is shown: export KEY=$(argosy keys create ci). Callers send it as
    `Authorization: Bearer` or as `x-api-key`. A `--rate` holds from the first request on.
    """
    from argosy import find
    from argosy.keys.key import WantedKey
    from argosy.stack.file import load
    from argosy.supervisor.offline import keys_of

    file = find.stack_named(stack)
    declared = load(file)
    wanted = WantedKey(
        name=name,
        models=_models(models, declared),
        rate=_rate(rate, burst),
        lifetime=_lifetime(expires),
    )
    with keys_of(file) as known:
        issued = known.create_key(wanted, declared.name)
    click.echo(f"{_described(issued.key)} It is shown this once:", err=True)
    click.echo(issued.token)
    if not declared.gateway.needs_keys:
        text = f"{declared.name} takes callers without a key, too: `gateway.keys` is not required."
        click.echo(text, err=True)


@keys.command(name="list")
@click.argument("stack", default=".")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_(stack: str, as_json: bool) -> None:
    """List the keys of a stack: never the keys themselves, which nobody has kept."""
    from argosy import find
    from argosy.cli import table
    from argosy.supervisor.offline import keys_of

    file = find.stack_named(stack)
    with keys_of(file) as stored:
        found = stored.list_keys()
    if as_json:
        now = time.time()
        data = [{**asdict(key), "state": key.state(now)} for key in found]
        click.echo(json.dumps(data, indent=2))
    elif found:
        table.console().print(_table(found))
    else:
        click.echo("No key has been made yet. Make one with `argosy keys create NAME`.")


@keys.command()
@click.argument("key", metavar="NAME|ID")
@STACK
def revoke(key: str, stack: str) -> None:
    """Revoke a key: from now on it opens nothing.

    Returns once the gateway refuses it.
    """
    from argosy import find
    from argosy.supervisor.offline import keys_of

    file = find.stack_named(stack)
    with keys_of(file) as known:
        revoked = known.revoke_key(key)
    click.echo(f"Revoked {revoked.name} ({revoked.id}).")


def _models(text: str | None, stack: Stack) -> tuple[str, ...]:
    from argosy.errors import UsageError

    if text is None:
        return ()
    known = [model.name for model in stack.models]
    chosen = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in chosen:
        if name not in known:
            raise UsageError(
                f"{stack.name} has no model {name!r}",
                where="--models",
                next_step=f"Its models are: {', '.join(known)}.",
            )
    return chosen


def _rate(text: str | None, burst: int | None) -> Rate | None:
    from argosy.errors import UsageError
    from argosy.stack.model import Rate
    from argosy.stack.units import UnitError, rate

    if text is None:
        if burst is not None:
            raise UsageError("is a part of a rate", where="--burst", next_step="Give --rate, too.")
        return None
    try:
        requests, seconds = rate(text)
    except UnitError as error:
        step = f"Write {error.suggestion}." if error.suggestion else "Write it like 20/s, 100/min."
        raise UsageError(f"{text} {error.what}", where="--rate", next_step=step) from error
    return Rate(requests, seconds, burst)


def _lifetime(text: str | None) -> float | None:
    """Seconds. Days stand alone: `90d`; all else is written as in the stack file."""
    from argosy.errors import UsageError
    from argosy.stack.units import UnitError, duration

    if text is None:
        return None
    try:
        days = text.removesuffix("d")
        seconds = int(days) * DAY if days.isdecimal() and days != text else duration(text)
    except UnitError as error:
        step = f"Write {error.suggestion}." if error.suggestion else "Write it like 90d, 12h, 30m."
        raise UsageError(f"{text} {error.what}", where="--expires", next_step=step) from error
    if not 1 <= seconds <= LONGEST_DAYS * DAY:
        raise UsageError(
            f"{text} is not a time that a key may last",
            where="--expires",
            next_step=f"Choose 1s to {LONGEST_DAYS}d, or leave it out for a key without end.",
        )
    return seconds


def _described(key: Key) -> str:
    models = f"reaches {', '.join(key.models)}" if key.models else "reaches every model"
    end = f"expires on {_day(key.expires_at)}" if key.expires_at else "does not expire"
    return f"The key {key.name} ({key.id}) {models} and {end}."


def _table(found: tuple[Key, ...]) -> Table:
    from rich.table import Table

    from argosy.cli.table import COLOURS

    table = Table(box=None, pad_edge=False, header_style="dim", show_header=True)
    for head in ("ID", "NAME", "MODELS", "RATE", "EXPIRES", "STATE"):
        table.add_column(head, no_wrap=head != "MODELS")
    now = time.time()
    for key in found:
        state = key.state(now)
        table.add_row(
            key.id,
            key.name,
            ", ".join(key.models) or "all",
            _show_rate(key.rate),
            _day(key.expires_at) if key.expires_at else "never",
            state,
            style=COLOURS.get(state, "") if state == "active" else "dim",
        )
    return table


def _show_rate(rate: Rate | None) -> str:
    from argosy.stack.units import show_rate

    if rate is None:
        return "-"
    burst = f", burst {rate.burst}" if rate.burst else ""
    return f"{show_rate(rate.requests, rate.seconds)}{burst}"


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
