"""What a word of the command line means, said where it could mean something else, too."""

from __future__ import annotations

from pathlib import Path

import click

from argosy import find


def stack_or_model(word: str) -> tuple[Path, str | None]:
    """See `find.stack_and_model`."""
    file, model = find.stack_and_model(word)
    if model and (other := find.other_meaning(word)):
        click.echo(
            f"argosy: {word} is taken for the model of {file}, not for the stack of {other}",
            err=True,
        )
    return file, model
