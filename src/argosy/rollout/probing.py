"""Asking the replicas of one revision its whole suite, and what comes of it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from argosy import scorers
from argosy.probe import suite as suites
from argosy.probe.asking import Answer, Asker
from argosy.probe.item import Item
from argosy.rollout.accuracy import Accuracy, accuracy, by_tag
from argosy.rollout.scoring import Scored, score_all
from argosy.scorers import Embed, Scorer
from argosy.stack.model import Model, Probe

Tell = Callable[[int, int], None]
"""How many items are done, of how many."""


@dataclass(frozen=True)
class ProbeResult:
    """``scored`` are the items in the order of the suite. ``wanted`` is the least mean score."""

    digest: str
    accuracy: Accuracy
    tags: dict[str, Accuracy]
    scored: tuple[Scored, ...]
    wanted: float | None = None

    @property
    def is_enough(self) -> bool:
        """Whether the mean is as high as it should be; it is where nothing was asked for."""
        return self.wanted is None or self.accuracy.mean >= self.wanted

    @property
    def failures(self) -> list[Scored]:
        """What did not score 1, the worst first."""
        return sorted((one for one in self.scored if one.score < 1), key=lambda one: one.score)


async def run(
    model: Model,
    probe: Probe,
    addresses: Sequence[str],
    folder: Path,
    tell: Tell,
    embedders: Sequence[str] = (),
) -> ProbeResult:
    """Ask the replicas at ``addresses`` in turn, at least one.

    ``folder`` is the stack file's. ``embedders`` are addresses of the model that the scorer
    ``embedding`` names. Raises `SuiteError`, and `ArgosyError` where the scorer lacks something.
    """
    scorer, suite = await asyncio.to_thread(_read, probe, folder)
    scored: list[Scored] = []
    async with AsyncExitStack() as open_clients:
        askers = [
            await open_clients.enter_async_context(_asker(model, probe, one)) for one in addresses
        ]
        in_turn = dict(
            zip((item.id for item in suite.items), itertools.cycle(askers), strict=False)
        )

        async def ask(item: Item, repeat: int) -> Answer:
            return await in_turn[item.id].ask(item, repeat)

        embed = await _embed(open_clients, probe, embedders)
        async for one in score_all(
            suite.items,
            ask,
            scorer,
            probe.repeats,
            concurrency=probe.concurrency,
            embed=embed,
        ):
            scored.append(one)
            tell(len(scored), len(suite.items))
    return ProbeResult(
        suite.digest, accuracy(scored), by_tag(scored), tuple(scored), probe.accuracy
    )


def _read(probe: Probe, folder: Path) -> tuple[Scorer, suites.Suite]:
    scorer = scorers.named(probe.scorer.name, probe.scorer.options, folder)
    return scorer, suites.read(probe.suite, scorer).sample(probe.items, probe.seed)


def _asker(model: Model, probe: Probe, address: str) -> Asker:
    return Asker(
        address,
        model.name,
        timeout=probe.timeout,
        concurrency=probe.concurrency,
        seed=probe.seed,
    )


async def _embed(
    open_clients: AsyncExitStack, probe: Probe, embedders: Sequence[str]
) -> Embed | None:
    if not embedders:
        return None
    name = str(probe.scorer.options["model"])
    asker = Asker(embedders[0], name, timeout=probe.timeout, concurrency=probe.concurrency)
    return (await open_clients.enter_async_context(asker)).embed
