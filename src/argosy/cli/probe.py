"""`probe`: how accurate is what serves?"""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from argosy.cli.asked_replicas import Asked
    from argosy.rollout.noise import SelfRun
    from argosy.rollout.probing import ProbeResult
    from argosy.stack.model import Model, Probe, Stack
    from argosy.supervisor.client import Client
    from argosy.supervisor.status import StackStatus


@dataclass(frozen=True)
class Answers:
    """``before`` are those of the other revision; ``self_run`` is there where it is the same."""

    result: ProbeResult
    before: ProbeResult | None = None
    self_run: SelfRun | None = None


@click.command()
@click.argument("model", metavar="[STACK/]MODEL")
@click.option("--revision", metavar="rN", help="Ask this one, not the one that serves.")
@click.option("--against", metavar="rN", help="Ask this one, too, and show what differs.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, each item, too.")
def probe(model: str, revision: str | None, against: str | None, as_json: bool) -> None:
    """Ask a model the questions of its suite, and say how good its answers are.

    The replicas that serve are asked, as `probe` in the stack file says. Of another revision that
    does not run one replica is started for it, to which nothing is routed, and stopped again. A
    revision against itself shows how much its answers vary, and rollouts tell of that.
    Exit code 1 when the accuracy is below `probe.accuracy`.
    """
    from argosy.cli.meant import stack_or_model
    from argosy.stack.file import load
    from argosy.supervisor.client import Client

    file, name = stack_or_model(model)
    stack = load(file)
    chosen, settings = _declared(stack, name, model)
    first, second = _number(revision), _number(against)
    with Client(file) as client:
        answers = _ask(client, stack, chosen, settings, (first, second))
    _show(chosen, answers, second, as_json=as_json)
    if not answers.result.is_enough:
        raise SystemExit(1)


def _ask(
    client: Client, stack: Stack, model: Model, settings: Probe, numbers: tuple[int | None, ...]
) -> Answers:
    """Those of the first revision, of what serves without a number, and of the second."""
    import asyncio

    from argosy.cli import probing
    from argosy.cli.asked_replicas import asked
    from argosy.rollout.probing import run

    status = client.status()
    embedders = _embedders(settings, status)
    with ExitStack() as running:

        def ready(number: int | None) -> Asked:
            say = partial(_say, f"{model.name} r{number}")
            return running.enter_context(asked(client, status, model.name, number, say))

        def ask(whom: Asked) -> ProbeResult:
            tell = probing.progress(f"{model.name} r{whom.number}", sys.stderr)
            found = run(model, settings, whom.addresses, stack.folder, tell, embedders)
            result = asyncio.run(found)
            whom.check(client.status())
            return result

        first, second = numbers
        one = ready(first)
        if not second:
            return Answers(ask(one))
        if second != one.number:
            other = ready(second)
            return Answers(ask(one), ask(other))
        result, again = ask(one), ask(one)
        self_run = _self_run(second, settings, result, again)
        client.add_noise(model.name, self_run)
        return Answers(result, again, self_run)


def _self_run(number: int, settings: Probe, first: ProbeResult, again: ProbeResult) -> SelfRun:
    """A revision against itself: its own answers, asked twice."""
    from argosy.probe.suite import kept_name
    from argosy.rollout.noise import SelfRun, differing, question

    differ = differing(first.scored, again.scored)
    asked = question(kept_name(first.digest), settings)
    return SelfRun(number, len(again.scored), differ, asked, time.time())


def _say(name: str, text: str) -> None:
    click.echo(f"  {name:<12} {text}", err=True)


def _show(model: Model, answers: Answers, second: int | None, *, as_json: bool) -> None:
    from argosy.cli import probing
    from argosy.rollout.noise import of_run

    result, before = answers.result, answers.before
    noise = of_run(answers.self_run, model.rollout) if answers.self_run else None
    if as_json:
        data = probing.as_data(model.name, result)
        if before:
            data["against"] = probing.as_data(model.name, before)
        if noise:
            data["noise"] = asdict(noise)
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    for line in probing.lines(model.name, result):
        click.echo(line)
    if before:
        for line in probing.compared(f"r{second}", before, result, model.rollout):
            click.echo(line)
    if noise:
        click.secho(noise.sentence, fg="yellow" if noise.hides_margin else None)


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


def _embedders(probe: Probe, status: StackStatus) -> list[str]:
    """Addresses of the model that the scorer `embedding` names; none for other scorers."""
    from argosy.cli.asked_replicas import ready
    from argosy.errors import ArgosyError

    if probe.scorer.name != "embedding":
        return []
    name = str(probe.scorer.options["model"])
    found = [one.endpoint or one.address for one in ready(status, name)]
    if not found:
        raise ArgosyError("no replica is ready", where=name, next_step="See `argosy ps`.")
    return found
