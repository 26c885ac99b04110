"""`build`: container images of models."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click


@click.command()
@click.argument("models", nargs=-1, metavar="[STACK | [STACK/]MODEL]...")
@click.option("--print", "printed", is_flag=True, help="Print the Dockerfiles; build nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def build(models: tuple[str, ...], printed: bool, as_json: bool) -> None:
    """Build a container image for each model.

    Of the revisions that `up` would start; an image that is there is not built again. What it is
    built from stays in `.argosy/images/<model>.r<n>/`, where `docker build` builds it as well.
    """
    from argosy import find
    from argosy.images.build import megabytes
    from argosy.stack.file import load
    from argosy.supervisor.building import build_images, dockerfiles

    chosen: dict[Path, list[str]] = {}
    for one in models or (".",):
        file, model = find.stack_and_model(one)
        chosen.setdefault(file, []).extend([model] if model else [])
    built = []
    for file, names in chosen.items():
        stack = load(file)
        if not printed:
            built += asyncio.run(build_images(stack, names, _say))
            continue
        for path in asyncio.run(dockerfiles(stack, names, _say)):
            click.echo(path.read_text(), nl=False)
    if as_json:
        click.echo(json.dumps({"images": [one.as_data() for one in built]}, indent=2))
        return
    for made in built:
        image, name = made.image, made.revision.model.name
        click.echo(f"  {name:<12} {image.reference:<44} {megabytes(image.size):>12}")


def _say(model_name: str, text: str) -> None:
    click.echo(f"  {model_name:<12} {text}", err=True)
