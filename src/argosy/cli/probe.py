"""`probe`: how accurate is what serves?"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from argosy.stack.model import Model, Probe, Stack
    from argosy.supervisor.status import StackStatus


@click.command()
@click.argument("model", metavar="[STACK/]MODEL")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, each item, too.")
def probe(model: str, as_json: bool) -> None:
    """Ask a model the questions of its suite, and say how good its answers are.

    The replicas that serve are asked, as `probe` in the stack file says. Exit code 1 when the
    accuracy is below `probe.accuracy`.
    """
    from argosy import find
    from argosy.cli import probing
    from argosy.rollout.probing import run
    from argosy.stack.file import load
    from argosy.supervisor.client import Client

    file, name = find.stack_and_model(model)
    stack = load(file)
    chosen, asked = _declared(stack, name, model)
    with Client(file) as client:
        status = client.status()
    embedder = asked.scorer.options.get("model") if asked.scorer.name == "embedding" else None
    addresses = _addresses(status, chosen.name)
    embedders = _addresses(status, str(embedder)) if embedder else []
    tell = probing.progress(chosen.name, sys.stderr)
    result = asyncio.run(run(chosen, asked, addresses, stack.folder, tell, embedders))
    if as_json:
        click.echo(json.dumps(probing.as_data(chosen.name, result), indent=2, ensure_ascii=False))
    else:
        for line in probing.lines(chosen.name, result):
            click.echo(line)
    if not result.is_enough:
        raise SystemExit(1)


def _declared(stack: Stack, name: str | None, written: str) -> tuple[Model, Probe]:
    """The model that is meant, and its probe. Raises `UsageError`."""
    from argosy.errors import UsageError

    known = [one.name for one in stack.models]
    name = known[0] if name is None and len(known) == 1 else name
    if name not in known:
        raise UsageError(
            f"{stack.name} has no model {name!r}" if name else "no model is named",
            where=written,
            next_step=f"Its models are: {', '.join(known)}.",
        )
    model = stack.model(name)
    if model.probe is None:
        raise UsageError(
            f"the model {name} has no questions",
            where=str(stack.file),
            next_step=f"Name some at models.{name}: `probe: {{suite: ./probes/{name}.jsonl}}`.",
        )
    return model, model.probe


def _addresses(status: StackStatus, name: str) -> list[str]:
    """Of the replicas that serve. Raises `ArgosyError` without any."""
    from argosy.errors import ArgosyError

    model = next((one for one in status.models if one.name == name), None)
    replicas = model.replicas if model else ()
    serving = [
        one.endpoint or one.address
        for one in replicas
        if model and one.revision == model.serving and one.state == "ready"
    ]
    if not serving:
        raise ArgosyError("no replica is ready", where=name, next_step="See `argosy ps`.")
    return serving
