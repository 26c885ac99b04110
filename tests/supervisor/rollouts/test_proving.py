"""What a gate asks and keeps: of both revisions at once, or in a dip of one after the other."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from argosy.platforms.platform import Replica
from argosy.stack.model import Model, Probe, Rollout, Stack
from argosy.stack.revision import Lock, Revision
from argosy.supervisor.probing import kept_suites
from argosy.supervisor.rollouts.proving import Proving
from argosy.supervisor.rollouts.stored import StoredRollout, answers_file
from argosy.supervisor.store import Store, open_store
from tests.runner.replicas import Replica as Runner
from tests.runner.replicas import serving
from tests.supervisor.standing import Standing
from tests.waiting import eventually

MODEL = """
class Model:
    def predict(self, value: int) -> int:
        return value
"""
ITEMS = 8
SUITE = "".join(json.dumps({"input": one, "expected": one}) + "\n" for one in range(ITEMS))
RIGHT, GONE = 1.0, "m.r1 has no replica that answers."


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with serving(tmp_path_factory.mktemp("proven"), MODEL) as runner:
        yield runner.until_ready()


class Proven:
    """r2 of the model `m` takes over from r1, by a suite that is all there is to know."""

    def __init__(self, folder: Path, runner: Runner) -> None:
        self.state = folder / "state"
        self.store: Store = open_store(folder / "argosy.yaml", self.state)
        (folder / "suite.jsonl").write_text(SUITE)
        probe = Probe(folder / "suite.jsonl", timeout=10)
        model = Model("m", probe=probe, rollout=Rollout(gate="point", margin=0.0))
        stack = Stack("s", folder / "argosy.yaml", (model,))
        kept_suites.keep(stack, self.state)
        self.store.declare(stack, up=True)
        lock = Lock("d" * 64, "3.11.7", Path("/a"))
        self.before, self.after = (Revision(n, model, lock, digest=str(n)) for n in (1, 2))
        self.old, self.new = (Replica("m", n, 1, "ready", f"unix:{runner.socket}") for n in (1, 2))
        self.platform = Standing(folder / "run", self.state)
        self.store.put_rollout(StoredRollout("m", 2, 1, started_at=1.0, seed=7))
        self.proving = Proving(
            self.store,
            self.platform,
            self.state,
            lambda: None,
            seen=list,
            embedder=lambda _: None,
            lost_seconds=0.1,
        )

    @property
    def rollout(self) -> StoredRollout:
        found = self.store.rollout("m")
        assert found
        return found

    async def ask_before(self, *replicas: Replica) -> StoredRollout:
        """The one that serves, while these replicas run."""
        self.platform.replicas = replicas
        self.proving.start_asking(self.rollout, self.before)
        assert self.proving.asks_before("m")
        return await self._ended()

    async def prove(self, *replicas: Replica) -> StoredRollout:
        """The next one, while these replicas run."""
        self.platform.replicas = replicas
        self.proving.start(self.rollout, self.after, self.before)
        assert self.proving.runs("m")
        return await self._ended()

    async def _ended(self) -> StoredRollout:
        await eventually(lambda: not self.proving.runs("m"))
        assert not self.proving.asks_before("m")
        return self.rollout


@pytest.fixture
async def proven(tmp_path: Path, runner: Runner) -> AsyncIterator[Proven]:
    made = Proven(tmp_path, runner)
    yield made
    await made.proving.stop()
    made.store.close()


def scores(proven: Proven, side: str) -> list[float]:
    """Of the kept answers."""
    lines = answers_file(proven.state, proven.rollout).read_text().splitlines()
    return [json.loads(line)[side]["score"] for line in lines]


async def test_both_are_asked_the_same_and_their_answers_are_kept(proven: Proven) -> None:
    found = await proven.prove(proven.old, proven.new)
    assert (found.verdict, found.paused) == ("promote", False)
    assert scores(proven, "before") == scores(proven, "after") == [RIGHT] * ITEMS


async def test_in_a_dip_what_one_has_answered_before_it_stopped_is_the_others_measure(
    proven: Proven,
) -> None:
    asked = await proven.ask_before(proven.old)
    assert (asked.verdict, asked.paused) == ("", False)
    kept = Path(asked.baseline).read_text()
    assert len(kept.splitlines()) == ITEMS
    proven.store.put_rollout(replace(asked, down_since=2.0))
    found = await proven.prove(proven.new)
    assert found.verdict == "promote"
    assert scores(proven, "before") == [RIGHT] * ITEMS
    assert Path(asked.baseline).read_text() == kept


async def test_one_that_cannot_be_asked_before_it_stops_serves_on_and_people_decide(
    proven: Proven,
) -> None:
    found = await proven.ask_before()
    assert (found.paused, found.reason) == (True, GONE)
    assert (found.baseline, found.down_since, found.verdict) == ("", None, "")


async def test_resumed_it_is_asked_anew(proven: Proven) -> None:
    paused = await proven.ask_before()
    proven.store.put_rollout(replace(paused, paused=False, reason=""))
    assert (await proven.ask_before(proven.old)).baseline


async def test_what_was_lost_with_its_suite_is_told_with_the_file(proven: Proven) -> None:
    suite = proven.state / "nowhere.jsonl"
    (proven.state / "probes" / "m.suite").write_text(str(suite))
    found = await proven.ask_before(proven.old)
    assert found.paused
    assert str(suite) in found.reason


@pytest.mark.parametrize("decided", [{"forced": True}, {"down_since": 2.0}])
async def test_once_nobody_waits_for_its_answers_their_want_pauses_nothing(
    proven: Proven, decided: dict[str, object]
) -> None:
    proven.store.put_rollout(replace(proven.rollout, **decided))  # type: ignore[arg-type]
    before = proven.rollout
    assert await proven.ask_before() == replace(before, suite=proven.rollout.suite)


async def test_while_nobody_answers_lost_answers_of_the_other_do_not_pause(proven: Proven) -> None:
    lost = replace(proven.rollout, baseline=str(proven.state / "lost.jsonl"), down_since=2.0)
    proven.store.put_rollout(lost)
    found = await proven.prove(proven.new)
    assert (found.verdict, found.paused) == ("inconclusive", False)
    assert "lost.jsonl" in found.reason


async def test_beside_each_other_an_old_one_that_is_lost_pauses(proven: Proven) -> None:
    found = await proven.prove(proven.new)
    assert (found.verdict, found.paused, found.reason) == ("inconclusive", True, GONE)
