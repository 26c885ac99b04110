"""`compose`: a stack as a service of somebody else's Compose file.

Compose runs a provider of services as ``<type> compose --project-name=… up --<option>=… <service>``
and reads a line of JSON for each thing that it should know
(https://github.com/docker/compose/blob/main/docs/extension.md).
"""

from __future__ import annotations

import ipaddress
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from argosy.stack.model import Gateway

FROM_CONTAINERS = "host.docker.internal"
LOOPBACK = "{} is this machine's alone: for containers give gateway.listen another address"
STACK = {
    "name": "stack",
    "description": "The stack's file or folder, relative to where docker compose runs.",
    "required": False,
    "type": "string",
    "default": ".",
}
METADATA = {
    "description": "Runs the AI models of an Argosy stack.",
    "up": {"parameters": [STACK]},
    "down": {"parameters": [STACK]},
}

_stack = click.option("--stack", default=".", help=STACK["description"])


@click.group()
@click.option("--project-name", hidden=True, expose_value=False)
def compose() -> None:
    """Be a service of a Compose file: `provider: {type: argosy}`.

    Docker Compose 2.36 or newer runs these commands, with the stack as `options: {stack: ./desk}`.
    Services that depend on it find the gateway's address in `<SERVICE>_URL`.
    """


@compose.command()
@_stack
@click.argument("service", expose_value=False)  # the stack has a name of its own
def up(stack: str) -> None:
    """Make the stack run, as `argosy up -d` does."""
    with _told():
        from argosy import find
        from argosy.cli.progress import check, follow
        from argosy.stack.file import load
        from argosy.supervisor.client import Client, ensure_running

        file = find.stack_file(Path(stack))
        declared = load(file)
        ensure_running(file)
        with Client(file) as client:
            check(
                follow(
                    client,
                    lambda: client.up(declared),
                    lambda model_name, text: _tell("info", f"{model_name}: {text}"),
                )
            )
        if ipaddress.ip_address(declared.gateway.host).is_loopback:
            _tell("info", LOOPBACK.format(declared.gateway.listen))
        _tell("setenv", f"URL={_url(declared.gateway)}")


@compose.command()
@_stack
@click.argument("service", expose_value=False)  # the stack has a name of its own
def down(stack: str) -> None:
    """Stop the stack, as `argosy down` does."""
    with _told():
        from argosy import find
        from argosy.cli.progress import stop

        stop(find.stack_file(Path(stack)))


@compose.command()
def metadata() -> None:
    """Tell Compose which options there are."""
    click.echo(json.dumps(METADATA))


def _url(gateway: Gateway) -> str:
    """As a container reaches it, where one can."""
    scheme = "https" if gateway.tls else "http"
    everywhere = gateway.host in ("0.0.0.0", "::")  # noqa: S104  only compared
    return f"{scheme}://{FROM_CONTAINERS}:{gateway.port}" if everywhere else gateway.url


@contextmanager
def _told() -> Iterator[None]:
    """Compose shows an error that is told as one, and nothing of what stands elsewhere."""
    from argosy.errors import ArgosyError

    try:
        yield
    except ArgosyError as error:
        _tell("error", str(error))
        sys.exit(error.exit_code)


def _tell(kind: Literal["info", "error", "setenv", "debug"], message: str) -> None:
    click.echo(json.dumps({"type": kind, "message": message}))
