"""`env`: the environments that the stacks of this machine share."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from argosy.environments import Environment


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_context
def env(context: click.Context, as_json: bool) -> None:
    """List the environments of models.

    Stacks share them: the same lock is the same folder. `env prune` removes unused ones.
    """
    if context.invoked_subcommand is None:
        _list(as_json)


@env.command()
@click.option(
    "--older-than", type=int, default=0, metavar="DAYS", help="Only those unused for so many days."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def prune(older_than: int, dry_run: bool) -> None:
    """Remove environments that no running stack uses. They are built again when needed."""
    from argosy import environments
    from argosy.supervisor.fleet import used_environments

    seconds = older_than * 86400.0
    used = used_environments()
    if dry_run:
        before = time.time() - seconds
        chosen = [
            one for one in environments.installed() if one.digest not in used and one.used <= before
        ]
    else:
        chosen = list(environments.prune(used, older_than=seconds))
    for one in chosen:
        click.echo(f"{'would remove' if dry_run else 'removed'} {_line(one)}")
    total = sum(one.size for one in chosen)
    click.echo(f"{len(chosen)} environments, {total / 2**20:,.0f} MiB.")


def _list(as_json: bool) -> None:
    from dataclasses import asdict

    from argosy import environments

    found = environments.installed()
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2, default=str))
        return
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo("No environment has been built yet.")


def _line(one: Environment) -> str:
    used = time.strftime("%Y-%m-%d", time.localtime(one.used))
    return (
        f"{one.digest[:12]}  Python {one.python:<8} {one.packages:>4} packages"
        f" {one.size / 2**20:>8,.1f} MiB  last used {used}"
    )
