"""Asking the items of a suite, and what each answer is worth."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from argosy.probe.asking import Answer, in_order
from argosy.probe.item import Item
from argosy.scorers import Embed, Score, Scorer

Ask = Callable[[Item, int], Awaitable[Answer]]
"""An item and the number of its repeat, from 0 → the answer."""


@dataclass(frozen=True)
class Scored:
    """One item. ``score`` is the mean of all repeats, ``seconds`` of those that were answered.

    ``answer`` and ``reason`` are those of the repeat with the lowest score, the first of these.
    """

    item_id: str
    score: float
    answer: Any
    expected: Any
    tags: tuple[str, ...]
    weight: float
    seconds: float
    reason: str = ""


async def score_all(
    items: Iterable[Item],
    ask: Ask,
    scorer: Scorer,
    repeats: int = 1,
    *,
    concurrency: int = 4,
    embed: Embed | None = None,
) -> AsyncGenerator[Scored, None]:
    """Each item in its order, as soon as it and those before it are scored.

    Who stops reading stops the asking: close the iterator (`contextlib.aclosing`).
    """

    async def score(item: Item) -> Scored:
        return await score_one(item, ask, scorer, repeats, embed)

    scored = in_order(items, score, concurrency)
    try:
        async for one in scored:
            yield one
    finally:
        await scored.aclose()


async def score_one(
    item: Item, ask: Ask, scorer: Scorer, repeats: int = 1, embed: Embed | None = None
) -> Scored:
    """One item, asked ``repeats`` times."""
    answers = await asyncio.gather(*(ask(item, repeat) for repeat in range(repeats)))
    scores = [await _score(answer, item, scorer, embed) for answer in answers]
    answer, worst = min(zip(answers, scores, strict=True), key=lambda pair: pair[1].value)
    timed = [one.seconds for one in answers if not one.reason]
    return Scored(
        item_id=item.id,
        score=sum(score.value for score in scores) / repeats,
        answer=answer.value,
        expected=item.expected,
        tags=item.tags,
        weight=item.weight,
        seconds=sum(timed) / len(timed) if timed else 0.0,
        reason=worst.reason,
    )


async def _score(answer: Answer, item: Item, scorer: Scorer, embed: Embed | None) -> Score:
    if answer.reason:
        return Score(0.0, answer.reason)
    return await scorer.score(answer.value, item.expected, embed)
