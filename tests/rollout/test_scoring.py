from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path

from argosy import scorers
from argosy.probe.asking import Answer, Asker
from argosy.probe.item import Item
from argosy.probe.suite import read
from argosy.rollout.scoring import Scored, score_all, score_one
from tests.runner.replicas import serving

MODEL = """
import asyncio

class Model:
    async def predict(self, value):
        if value == "hang":
            await asyncio.sleep(60)
        return eval(value)

    async def chat(self, messages, **options):
        yield "The answer is " + str(eval(messages[-1]["content"])) + "."
"""
SUITE = """\
{"input": "2 + 2", "expected": 4, "tags": ["easy"]}
{"input": "hang", "expected": 4, "id": "slow", "weight": 2}
{"input": "7 + 7", "expected": 4}
{"messages": [{"role": "user", "content": "1 + 3"}], "expected": 4}
{"messages": [{"role": "user", "content": "10 + 4"}], "expected": "4"}
{"input": "1 / 0", "expected": 4}
"""


async def test_a_real_replica_is_scored_in_the_order_of_the_suite(tmp_path: Path) -> None:
    (tmp_path / "suite.jsonl").write_text(SUITE)
    (tmp_path / "replica").mkdir()
    contains = scorers.named("contains")
    suite = read(tmp_path / "suite.jsonl", contains)
    with serving(tmp_path / "replica", MODEL) as replica:
        async with Asker(f"unix:{replica.socket}", "m", timeout=2.0) as asker:
            found = [one async for one in score_all(suite.items, asker.ask, contains)]
    assert [one.item_id for one in found] == ["1", "slow", "3", "4", "5", "6"]
    assert [one.score for one in found] == [1, 0, 0, 1, 0, 0]
    assert [one.answer for one in found[2:5]] == [14, "The answer is 4.", "The answer is 14."]
    assert found[0].tags == ("easy",)
    assert found[1].weight == 2
    assert found[1].reason == "no answer within 2 s"
    assert "ZeroDivisionError" in found[5].reason
    assert found[0].seconds > 0
    assert found[1].seconds == 0


async def test_repeats_are_averaged_and_the_worst_is_shown() -> None:
    async def ask(item: Item, repeat: int) -> Answer:
        return Answer(item.id, "abcd"[repeat], float(repeat), "too slow" if repeat == 3 else "")

    item = Item("1", "predict", expected=["a", "b", "d"])
    found = await score_one(item, ask, scorers.named("normalised"), 4)
    assert found == Scored("1", 0.5, "c", item.expected, (), 1.0, 1.0)
    alone = await score_one(Item("1", "predict", expected="z"), ask, scorers.named("exact"), 4)
    assert alone.score == 0
    assert alone.answer == "a"


async def test_vectors_come_from_who_asks() -> None:
    async def ask(item: Item, repeat: int) -> Answer:
        return Answer(item.id, "x")

    async def embed(texts: Sequence[str]) -> list[list[float]]:
        return [[1.0] for _ in texts]

    scorer = scorers.named("embedding", {"model": "m"})
    item = Item("1", "predict", expected="y")
    assert (await score_one(item, ask, scorer, embed=embed)).score == 1
    assert "no model" in (await score_one(item, ask, scorer)).reason


async def test_who_has_seen_enough_stops_the_asking() -> None:
    asked: list[str] = []

    async def ask(item: Item, repeat: int) -> Answer:
        asked.append(item.id)
        return Answer(item.id, 1)

    items = [Item(str(number), "predict", expected=1) for number in range(1000)]
    scored: AsyncIterator[Scored]
    async with aclosing(score_all(items, ask, scorers.named("exact"), concurrency=4)) as scored:
        async for one in scored:
            if one.item_id == "10":
                break
    assert len(asked) < 20
