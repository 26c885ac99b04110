from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from argosy.errors import ArgosyError, SuiteError
from argosy.rollout.probing import run
from argosy.scorers import Choice
from argosy.stack.model import Model, Probe
from tests.runner.replicas import Replica

MODEL = """
class Model:
    def predict(self, value):
        return {"two": "2 for sure", "name": NAME}.get(value, "?")

    def embed(self, texts):
        return [[float(text == "?"), 1.0] for text in texts]
"""
SUITE = """\
{"input": "two", "expected": 2, "tags": ["easy"]}
{"input": "three", "expected": 3, "tags": ["hard"]}
{"input": "name", "expected": ["a", "b"]}
{"input": "name", "expected": ["a", "b"]}
"""


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Of two replicas, which tell their names."""
    folder = tmp_path_factory.mktemp("replicas")
    with tempfile.TemporaryDirectory(prefix="argosy-") as run_folder:
        replicas = []
        for name in "ab":
            (folder / name).mkdir()
            (Path(run_folder) / name).mkdir()
            code = f'NAME = "{name}"\n{MODEL}'
            replicas.append(Replica(folder / name, Path(run_folder) / name, code))
        yield [f"unix:{replica.until_ready().socket}" for replica in replicas]
        for replica in replicas:
            replica.stop()


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "suite.jsonl").write_text(SUITE)
    return tmp_path / "suite.jsonl"


async def test_replicas_are_asked_in_turn_and_answers_are_scored(
    addresses: list[str], suite: Path
) -> None:
    told: list[tuple[int, int]] = []
    probe = Probe(suite, Choice("contains"), timeout=10, accuracy=0.8)
    found = await run(Model("m"), probe, addresses, suite.parent, lambda *done: told.append(done))
    assert [one.score for one in found.scored] == [1, 0, 1, 1]
    assert [one.answer for one in found.scored] == ["2 for sure", "?", "a", "b"]
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert found.accuracy.mean == 0.75
    assert not found.is_enough
    assert [one.item_id for one in found.failures] == ["2"]
    assert {tag: part.mean for tag, part in found.tags.items()} == {"easy": 1, "hard": 0}


async def test_a_sample_may_be_asked(addresses: list[str], suite: Path) -> None:
    probe = Probe(suite, Choice("contains"), items=2, seed=3, timeout=10)
    found = await run(Model("m"), probe, addresses[:1], suite.parent, lambda *_: None)
    assert len(found.scored) == 2
    assert found.is_enough


async def test_another_model_makes_embeddings(addresses: list[str], suite: Path) -> None:
    suite.write_text('{"input": "what?", "expected": "?"}\n{"input": "two", "expected": "?"}\n')
    probe = Probe(suite, Choice("embedding", {"model": "m", "threshold": 0.9}), timeout=10)
    found = await run(Model("m"), probe, addresses, suite.parent, lambda *_: None, addresses)
    assert [one.score for one in found.scored] == [1, 0]


async def test_what_is_wrong_is_said_before_anything_is_asked(
    addresses: list[str], suite: Path
) -> None:
    probe = Probe(suite, Choice("label"), timeout=10)
    with pytest.raises(SuiteError, match="3:19: expected: must be a label"):
        await run(Model("m"), probe, addresses, suite.parent, lambda *_: None)
    probe = Probe(suite, Choice("function", {"call": "checks:grade"}), timeout=10)
    with pytest.raises(ArgosyError, match=r"no checks\.py is beside the stack file"):
        await run(Model("m"), probe, addresses, suite.parent, lambda *_: None)
