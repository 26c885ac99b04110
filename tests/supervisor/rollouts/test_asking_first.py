"""A first revision is asked at real replicas, and held against what the stack file wants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from argosy.plan.state import FirstAnswers
from argosy.platforms.platform import Replica
from argosy.scorers import Choice
from argosy.stack.model import Gateway, Model, Probe, Stack
from argosy.stack.revision import Lock, Revision
from argosy.supervisor.probing import kept_suites
from argosy.supervisor.rollouts.asking_first import AskingFirst
from argosy.supervisor.store import Store, open_store
from tests.runner.replicas import Replica as Runner
from tests.runner.replicas import serving
from tests.supervisor.standing import Standing
from tests.waiting import eventually

MODEL = """
class Model:
    def predict(self, value: str) -> str:
        return value

    def embed(self, texts):
        return [[1.0, 0.0] for _ in texts]
"""
SUITE = '{"input": "a", "expected": "a"}\n{"input": "b", "expected": "c"}\n'
HALF = "accuracy 0.500 (0.095 to 0.905 at 95 %, 2 items)"


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with serving(tmp_path_factory.mktemp("asked"), MODEL) as runner:
        yield runner.until_ready()


class Asked:
    """The model `m`, its store, and who asks it."""

    def __init__(self, folder: Path, runner: Runner) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.patience = 60.0
        self.platform = Standing(folder / "run", folder / "state")
        self.ready = Replica("m", 1, 1, "ready", f"unix:{runner.socket}")
        self.platform.replicas = [self.ready]
        self.store: Store = open_store(folder / "argosy.yaml", folder / "state")
        self.asking = AskingFirst(
            self.store, self.platform, folder / "state", lambda _, said: self.said.append(said)
        )

    def declare(self, *models: Model) -> Stack:
        """What the stack file says from now on."""
        stack = Stack("s", self.folder / "argosy.yaml", models, gateway=Gateway("127.0.0.1:1"))
        self.store.declare(stack, up=True)
        return stack

    def begin(self, accuracy: float | None = None, scorer: Choice | None = None) -> None:
        """As after an `up`."""
        (self.folder / "suite.jsonl").write_text(SUITE)
        probe = Probe(
            self.folder / "suite.jsonl", scorer or Choice("exact"), timeout=10, accuracy=accuracy
        )
        models = (
            Model("m", probe=probe, start_timeout=self.patience),
            Model("vectors", start_timeout=0.1),
        )
        kept_suites.keep(self.declare(*models), self.folder / "state")
        lock = Lock("d" * 64, "3.11.7", Path("/a"))
        self.asking.start(Revision(1, models[0], lock, digest="f" * 64))

    async def answers(self) -> FirstAnswers:
        """Once they are known."""
        await eventually(lambda: self.store.first_answers("m", 1) is not None)
        assert not self.asking.runs("m", 1)
        found = self.store.first_answers("m", 1)
        assert found is not None
        return found


@pytest.fixture
async def asked(tmp_path: Path, runner: Runner) -> AsyncIterator[Asked]:
    made = Asked(tmp_path, runner)
    yield made
    await made.asking.stop()
    made.store.close()


async def test_where_nothing_is_wanted_it_is_told_how_good_it_is(asked: Asked) -> None:
    asked.begin()
    assert asked.asking.runs("m", 1)
    assert await asked.answers() == FirstAnswers("accepted", HALF)
    what = "r1 serves, and is asked its suite"
    assert asked.said == [f"{what}, 1 of 2", f"{what}, 2 of 2", ""]


async def test_what_is_wanted_decides(asked: Asked) -> None:
    asked.begin(accuracy=0.5)
    assert await asked.answers() == FirstAnswers("accepted", HALF)


async def test_below_it_is_refused_with_its_worst_answer(asked: Asked) -> None:
    asked.begin(accuracy=0.6)
    said = f"{HALF} is below the 0.6 of `probe.accuracy`; the worst: 2 scores 0"
    assert await asked.answers() == FirstAnswers("refused", said)


@pytest.mark.parametrize(("accuracy", "state"), [(None, "accepted"), (0.1, "refused")])
async def test_what_cannot_be_asked_is_only_good_enough_where_nothing_is_wanted(
    asked: Asked, accuracy: float | None, state: str
) -> None:
    asked.platform.replicas = []
    asked.patience = 0.1
    asked.begin(accuracy=accuracy)
    found = await asked.answers()
    assert found.state == state
    assert found.said == "its suite could not be asked: m has no replica that is ready."


async def test_the_model_that_gives_vectors_is_waited_for_as_long_as_it_may_take_to_start(
    asked: Asked,
) -> None:
    asked.begin(accuracy=0.1, scorer=Choice("embedding", {"model": "vectors"}))
    found = await asked.answers()
    assert found.state == "refused"
    assert "vectors has no replica that is ready" in found.said


async def test_who_begins_again_asks_anew(asked: Asked) -> None:
    asked.begin(accuracy=0.6)
    await asked.answers()
    revision = Revision(1, Model("m"), Lock("d" * 64, "3.11.7", Path("/a")), digest="f" * 64)
    asked.store.add_revision(revision, "tried again")
    assert asked.store.first_answers("m", 1) is None


async def test_a_replica_that_ends_while_it_is_asked_is_asked_again_once_it_is_back(
    asked: Asked,
) -> None:
    gone = Replica("m", 1, 1, "ready", f"unix:{asked.folder}/nobody")
    asked.platform.then = iter([[gone], [], [asked.ready]])
    asked.begin(accuracy=0.5)
    assert await asked.answers() == FirstAnswers("accepted", HALF)


async def test_what_comes_of_a_stack_that_goes_down_is_not_held_against_it(asked: Asked) -> None:
    asked.platform.replicas = [Replica("m", 1, 1, "ready", f"unix:{asked.folder}/nobody")]
    asked.begin(accuracy=0.5)
    asked.store.set_up(up=False)
    await eventually(lambda: not asked.asking.runs("m", 1))
    assert asked.store.first_answers("m", 1) is None


@pytest.mark.parametrize("models", [(Model("m"),), (Model("other"),)])
async def test_who_is_no_longer_to_be_asked_is_not_waited_for(
    asked: Asked, models: tuple[Model, ...]
) -> None:
    asked.begin(accuracy=0.9)
    asked.declare(*models)
    found = await asked.answers()
    assert found.state == "accepted"
    assert "its suite could not be asked" in found.said
