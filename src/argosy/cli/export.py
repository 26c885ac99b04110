"""`export`: a stack as files that run without Argosy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from argosy.export.write import Exported


@click.group()
def export() -> None:
    """Write a stack as files that run without Argosy."""


@export.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--stack", default=".", help="The stack's file or folder.")
@click.option("--force", is_flag=True, help="Also into a folder that holds other things.")
def compose(folder: Path, stack: str, force: bool) -> None:
    """Write what `docker compose up` needs to run the stack.

    A Compose file, what each model's image is built from, nginx with the paths of the gateway,
    Prometheus, and a README that says what they do not do. The same stack gives the same files, so
    that they can be committed; DIR inside the stack's folder finds the weights by itself.
    """
    import asyncio

    from argosy import find
    from argosy.export.write import export as write
    from argosy.stack.file import load
    from argosy.supervisor.building import revisions

    declared = load(find.stack_file(Path(stack)))

    async def make() -> Exported:
        found = await revisions(declared, (), _say)
        return await write(declared, found, folder, force=force, progress=_say)

    exported = asyncio.run(make())
    if exported.needed:
        listed = ", ".join(exported.needed)
        click.echo(f"First give it what it needs, as {folder / 'README.md'} says: {listed}.")
    click.echo(f"Start it with `docker compose --project-directory {folder} up --build`.")
    click.echo("It does not do all that the stack does:")
    for one in exported.losses:
        click.echo(f"  - {one}")


def _say(model_name: str, text: str) -> None:
    click.echo(f"  {model_name:<12} {text}", err=True)
