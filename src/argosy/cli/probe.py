"""`probe`: how accurate is what serves?"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from argosy.rollout.probing import ProbeResult
    from argosy.stack.model import Model, Probe, Stack
    from argosy.supervisor.status import StackStatus


@click.command()
@click.argument("model", metavar="[STACK/]MODEL")
@click.option("--revision", metavar="rN", help="Ask this one, not the one that serves.")
@click.option("--against", metavar="rN", help="Ask this one, too, and show what differs.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, each item, too.")
def probe(model: str, revision: str | None, against: str | None, as_json: bool) -> None:
    """Ask a model the questions of its suite, and say how good its answers are.

    The replicas that serve are asked, as `probe` in the stack file says; another revision can be
    while it runs, as during a rollout. A revision against itself shows how much its answers vary.
    Exit code 1 when the accuracy is below `probe.accuracy`.
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
    addresses = _addresses(status, chosen.name, _number(revision))
    others = _addresses(status, chosen.name, _number(against)) if against else []
    embedders = _addresses(status, str(embedder)) if embedder else []

    def ask(whom: list[str], name: str) -> ProbeResult:
        tell = probing.progress(name, sys.stderr)
        return asyncio.run(run(chosen, asked, whom, stack.folder, tell, embedders))

    result = ask(addresses, chosen.name)
    other = ask(others, f"{chosen.name} {against}") if others else None
    if as_json:
        data = probing.as_data(chosen.name, result)
        if other:
            data["against"] = probing.as_data(chosen.name, other)
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        for line in probing.lines(chosen.name, result):
            click.echo(line)
        for line in probing.compared(str(against), other, result, chosen.rollout) if other else ():
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


def _number(revision: str | None) -> int | None:
    """Of ``r3``. Raises `UsageError` for what is none."""
    from argosy.errors import UsageError

    digits = (revision or "").removeprefix("r")
    if revision and not digits.isdigit():
        raise UsageError("not a revision", where=revision, next_step="Write r1, r2 …")
    return int(digits) if digits else None


def _addresses(status: StackStatus, name: str, number: int | None = None) -> list[str]:
    """Of the ready replicas of a revision, or of what serves. Raises `ArgosyError` without any."""
    from argosy.errors import ArgosyError

    model = next((one for one in status.models if one.name == name), None)
    replicas = model.replicas if model else ()
    wanted = number or (model.serving if model else None)
    serving = [
        one.endpoint or one.address
        for one in replicas
        if one.revision == wanted and one.state == "ready"
    ]
    if not serving and number:
        known = ", ".join(f"r{one}" for one in sorted({one.revision for one in replicas}))
        raise ArgosyError(
            f"no replica of r{number} is ready",
            where=name,
            next_step=f"What runs: {known}. `argosy rollback` brings an earlier one back.",
        )
    if not serving:
        raise ArgosyError("no replica is ready", where=name, next_step="See `argosy ps`.")
    return serving
