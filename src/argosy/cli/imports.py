"""`import`: a stack file from a Compose file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from argosy.imported.run import Imported


COLOURS = {"carried": "green", "changed": "yellow", "not carried": "red"}


@click.command("import")
@click.argument("files", nargs=-1, metavar="[FILE | FOLDER]...", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", default="argosy.yaml", show_default=True, metavar="FILE",
    type=click.Path(path_type=Path), help="Where the stack file goes; - prints it.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite a stack file that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print what became of every value as JSON.")
def import_(files: tuple[Path, ...], output: Path, force: bool, as_json: bool) -> None:
    """Write a stack file from a Compose file of AI services.

    FILE is the compose.yaml of this folder without a word; of several, later ones override earlier
    ones. What became of every key is shown: carried, changed, or not carried. Docker is not needed.
    """
    from argosy.errors import ArgosyError
    from argosy.imported import run
    from argosy.imported.convert import NO_MODEL

    imported = run.run(files or (Path(),), output, force)
    if as_json:
        click.echo(json.dumps(imported.report(), indent=2, ensure_ascii=False))
    else:
        if imported.file is None:
            click.echo(imported.conversion.text, nl=False)
        _show(imported)
    if not imported.conversion.models:
        step = "What was carried is in it; add a model before `argosy up`."
        raise ArgosyError(NO_MODEL, where=str(output), next_step=step)


def _show(imported: Imported) -> None:
    """The notes, on standard error: they are no part of a stack file that is printed."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(stderr=True, highlight=False)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("", "AT", "OF COMPOSE", "NOW"):
        table.add_column(head, overflow="fold")
    for note in imported.conversion.notes:
        row = (note.status, str(note.place), note.subject, note.outcome)
        if console.is_terminal:
            table.add_row(Text(note.status, COLOURS[note.status]), *map(Text, row[1:]))
        else:
            click.echo(f"{row[0]:<12} {row[1]:<20} {row[2]}: {row[3]}", err=True)
    if console.is_terminal:
        console.print(table)
    click.echo(imported.summary(), err=True)
