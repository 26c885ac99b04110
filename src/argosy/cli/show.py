"""`ps`, `ls`, `logs`: what runs, and what it says."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.argument("stack", default=".")
@click.option("--json", "as_json", is_flag=True, help="Print everything that is known as JSON.")
@click.option("-a", "--all", "replicas", is_flag=True, help="A line for every replica, too.")
def ps(stack: str, as_json: bool, replicas: bool) -> None:
    """Show the models of a stack and how they stand."""
    from argosy import find
    from argosy.cli import table
    from argosy.supervisor.client import Client
    from argosy.supervisor.messages import STATUS

    file = find.stack_named(stack)
    with Client(file) as client:
        status = client.status()
    if as_json:
        click.echo(STATUS.dump_json(status, indent=2))
    else:
        table.console().print(table.stack_table(status, replicas=replicas))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def ls(as_json: bool) -> None:
    """List every stack that runs on this machine."""
    from argosy.supervisor.fleet import running_stacks

    stacks = running_stacks()
    if as_json:
        click.echo(json.dumps(stacks, indent=2))
        return
    if not stacks:
        click.echo("No stack runs. Start one with `argosy up`.")
    for one in stacks:
        click.echo(f"{one['name']:<14} {one['state']:<24} {one['url']:<28} {one['file']}")


@click.command()
@click.argument("models", nargs=-1, metavar="[STACK | [STACK/]MODEL]...")
@click.option("-f", "--follow", is_flag=True, help="Go on as lines are written.")
@click.option("-n", "--tail", type=int, default=200, help="Lines to start with.  [default: 200]")
def logs(models: tuple[str, ...], follow: bool, tail: int) -> None:
    """Show what replicas print.

    Of one model or all, also of replicas that have ended, in the order of time. `gateway` in place
    of a model shows the gateway's log and its access log.
    """
    from argosy.cli import container_logs
    from argosy.cli.meant import stack_or_model
    from argosy.cli.tail import print_logs

    chosen: dict[Path, list[str]] = {}
    for one in models or (".",):
        file, model = stack_or_model(one)
        chosen.setdefault(file, []).extend([model] if model else [])
    processes, containers = container_logs.split(chosen)
    container_logs.print_logs(containers, tail, follow)
    if processes:
        print_logs(processes, tail, follow)
