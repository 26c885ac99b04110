"""`metrics`: what gateway and replicas count."""

from __future__ import annotations

import click


@click.command()
@click.argument("stack", default=".")
def metrics(stack: str) -> None:
    """Show the metrics of the gateway and of all replicas.

    In Prometheus' text form; `gateway.metrics` in the stack file gives them an address to scrape.
    """
    from argosy import find
    from argosy.supervisor.client import Client

    file = find.stack_named(stack)
    with Client(file) as client:
        click.echo(client.metrics(), nl=False)
