"""`build`: container images of models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from argosy.cli.own_stack import NO_LINT, refuse_errors

if TYPE_CHECKING:
    from argosy.images.report import Report
    from argosy.supervisor.building import Built


@click.command()
@click.argument("models", nargs=-1, metavar="[STACK | [STACK/]MODEL]...")
@click.option("--print", "printed", is_flag=True, help="Print the Dockerfiles; build nothing.")
@click.option("--report", "reported", is_flag=True, help="Show what the images consist of.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@NO_LINT
def build(
    models: tuple[str, ...], printed: bool, reported: bool, as_json: bool, no_lint: bool
) -> None:
    """Build a container image for each model.

    Of the revisions that `up` would start; an image that is there is not built again. What it is
    built from stays in `.argosy/images/<model>.r<n>/`, where `docker build` builds it as well.
    What `argosy lint` calls an error is refused.
    """
    import asyncio

    from argosy.cli.meant import stack_or_model
    from argosy.stack.file import load
    from argosy.supervisor.building import build_images, dockerfiles, report_images

    chosen: dict[Path, list[str]] = {}
    for one in models or (".",):
        file, model = stack_or_model(one)
        chosen.setdefault(file, []).extend([model] if model else [])
    built: list[Built] = []
    reports: list[Report] = []
    for file, names in chosen.items():
        stack = load(file)
        if not no_lint:
            refuse_errors(file)
        if printed:
            for path in asyncio.run(dockerfiles(stack, names, _say)):
                click.echo(path.read_text(), nl=False)
            continue
        made = asyncio.run(build_images(stack, names, _say))
        built += made
        if reported:
            reports += asyncio.run(report_images(made))
    if as_json:
        told = [one.as_data() for one in (reports if reported else built)]
        click.echo(json.dumps({"images": told}, indent=2))
    elif reported:
        _show_reports(reports)
    elif built:
        _show(built)


def _show(built: list[Built]) -> None:
    from argosy.stack.units import megabytes

    for one in built:
        image, name = one.image, one.revision.model.name
        click.echo(f"  {name:<12} {image.reference:<44} {megabytes(image.size):>12}")


def _show_reports(reports: list[Report]) -> None:
    from argosy.cli import table

    for one in reports:
        table.console().print(table.image_table(one))


def _say(model_name: str, text: str) -> None:
    click.echo(f"  {model_name:<12} {text}", err=True)
