"""`serve`: one model in the foreground, without a stack."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from argosy.errors import ArgosyError
    from argosy.stack.model import Model

LONGEST_LINE = 2000
LISTEN = "HOST:PORT, a port alone, or unix:/path; port 0 is any that is free."


@click.command()
@click.argument("place", metavar="FOLDER | WEIGHTS", type=click.Path(path_type=Path))
@click.option(
    "--listen", default="127.0.0.1:8000", show_default=True, metavar="ADDRESS", help=LISTEN
)
@click.option("--reload", is_flag=True, help="Replace it when its files change.")
@click.option("--engine", help="What runs it, where code and suffix do not say.")
@click.option("--weights", type=click.Path(path_type=Path), help="The data of the model in FOLDER.")
@click.option("--python", metavar="VERSION", help="Its own Python, such as 3.11.")
@click.option("--workers", type=click.IntRange(1), default=1, help="Worker processes.")
@click.option("--max-batch", type=click.IntRange(1), help="Rows that are computed at once.")
@click.option("--timeout", default="30s", show_default=True, help="For one request.")
@click.option("--env", "variables", multiple=True, metavar="NAME=VALUE", help="May be repeated.")
def serve(
    place: Path,
    listen: str,
    reload: bool,
    engine: str | None,
    weights: Path | None,
    python: str | None,
    workers: int,
    max_batch: int | None,
    timeout: str,
    variables: tuple[str, ...],
) -> None:
    """Serve one model in the foreground, without a stack.

    FOLDER holds model.py and its requirements.txt; WEIGHTS is a file that an engine knows by its
    suffix. The environment is built as a stack builds it. Ctrl-C ends it.
    """
    import asyncio
    from dataclasses import replace

    from argosy import serving
    from argosy.stack.model import Batch

    model = replace(
        serving.find(place, engine, weights),
        python=python,
        workers=workers,
        batch=Batch(max_batch) if max_batch else None,
        timeout=_seconds(timeout),
        env=dict(_variable(one) for one in variables),
    )
    asyncio.run(serving.Server(model, listen, _Terminal(model.name), reload=reload).run())


class _Terminal:
    """Where it answers goes to standard output, everything else to standard error."""

    def __init__(self, model_name: str) -> None:
        self._name = model_name
        self._told = ""

    def progress(self, text: str) -> None:
        click.echo(f"  {self._name:<12} {text}", err=True)

    def log(self, line: str) -> None:
        click.echo(line, err=True)

    def ready(self, model: Model, listen: str, document: dict[str, Any]) -> None:
        text = _where(model, listen, document)
        click.echo(f"{model.name} answers again." if text == self._told else text)
        self._told = text

    def trouble(self, error: ArgosyError) -> None:
        click.echo(f"argosy: {error} The next edit is tried.", err=True)


def _where(model: Model, listen: str, document: dict[str, Any]) -> str:
    """How it is called, with a line to copy."""
    from argosy.serving import address

    url, socket = address.url(listen), ""
    text = f"{model.name} answers at {url}, to be tried at {url}/docs. Ctrl-C ends it."
    if listen.startswith(address.UNIX):
        socket = f"--unix-socket {shlex.quote(listen.removeprefix(address.UNIX))} "
        text = f"{model.name} answers at {listen}. Ctrl-C ends it."
    line = _curl(document, url)
    return f"{text}\n  curl {socket}{line}" if line else text


def _curl(document: dict[str, Any], url: str) -> str:
    """The example of the first operation; empty without one, and where it is too long."""
    paths = document.get("paths", {})
    posts = [(path, found["post"]) for path, found in paths.items() if "post" in found]
    posts = [(path, operation) for path, operation in posts if "requestBody" in operation]
    if not posts:
        return ""
    path, operation = posts[0]
    content_type, media = next(iter(operation["requestBody"]["content"].items()))
    named = [one["value"] for one in media.get("examples", {}).values()]
    example = media.get("example", named[0] if named else None)
    if content_type == "application/json":
        data = shlex.quote(json.dumps(example, ensure_ascii=False))
        line = f"-d {data} {url}{path}" if example is not None else ""
    else:
        data = shlex.quote(example) if example else "@FILE"
        line = f"--data-binary {data} -H 'content-type: {content_type}' {url}{path}"
    return line if len(line) <= LONGEST_LINE else ""


def _seconds(text: str) -> float:
    from argosy.errors import UsageError
    from argosy.stack.units import UnitError, duration

    try:
        return duration(text)
    except UnitError as error:
        meant = f"Write {error.suggestion}." if error.suggestion else "Write 30s or 5m."
        raise UsageError(f"the timeout {error.what}", where=text, next_step=meant) from None


def _variable(text: str) -> tuple[str, str]:
    from argosy.errors import UsageError

    name, sign, value = text.partition("=")
    if not (name and sign):
        raise UsageError("not a variable", where=text, next_step="Write --env NAME=VALUE.")
    return name, value
