"""`init` and `schema`: the files that a stack begins with."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", default=".", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Write a first stack: a file and one small model. Overwrites nothing."""
    from argosy.errors import UsageError
    from argosy.stack import template

    name = folder.resolve().name
    files = template.files(name)
    taken = [one for one in files if (folder / one).exists() and one != ".gitignore"]
    if taken:
        raise UsageError(
            f"already there: {', '.join(taken)}",
            where=str(folder),
            next_step="Choose an empty folder: `argosy init <folder>`.",
        )
    for one, text in files.items():
        path = folder / one
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            click.echo(f"  wrote {path}")
    click.echo(f"Start it with `argosy up {folder}`.")


@click.command()
def schema() -> None:
    """Print the JSON Schema of the stack file.

    Editors complete and check with it; `init` writes it beside a new stack.
    """
    from argosy.stack.reference import schema_text

    click.echo(schema_text(), nl=False)
