"""Wrong requests of every make: an answer in the protocol's own form, never a 500, never silence.

A short while of each part in every test run. `scripts/fuzz` goes on for ten minutes, which the
parts share: those are the tests that ask for ``seconds``.
"""

from __future__ import annotations

import os
import random

import pytest

from tests.runner.conftest import graph_python
from tests.runner.protocols.open_inference.conftest import EVERY, Serve, serve_anew, serve_graph
from tests.runner.replicas import Replica

__all__ = ["graph_python", "serve_anew", "serve_graph"]

SHORT = 2.0
STARTS = 120.0
"""Seconds that the replicas and tools of a part may take beside it."""

EVERYTHING = """
from dataclasses import dataclass
from typing import Dict, Iterator, List, Optional, Union


@dataclass
class Question:
    text: str
    count: int = 1
    scores: Optional[List[float]] = None
    more: Optional[Dict[str, Union[int, str]]] = None


class Model:
    max_batch = 8
    examples = [{"text": "a", "count": 2}, {"text": "b"}, {"text": "c"}]

    def predict(self, inputs: List[Question]) -> List[dict]:
        return [{"text": one.text[:5], "scores": len(one.scores or [])} for one in inputs]

    async def chat(self, messages, temperature: float = 1.0):
        yield "hello"
        yield " world"

    def complete(self, prompt):
        yield prompt[:3]

    def embed(self, texts):
        return [[float(len(text)), 0.5] for text in texts]

    async def stream(self, count: int) -> Iterator[int]:
        for number in range(min(count, 3)):
            yield number
"""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A part's seconds, and as much again before it counts as hanging."""
    parts = [item for item in items if "seconds" in getattr(item, "fixturenames", ())]
    minutes = os.environ.get("FUZZ_MINUTES")
    each = float(minutes) * 60 / max(len(parts), 1) if minutes else SHORT
    config.stash[SECONDS] = each
    for part in parts:
        part.add_marker(pytest.mark.timeout(each * 2 + STARTS))


SECONDS = pytest.StashKey[float]()


@pytest.fixture
def seconds(request: pytest.FixtureRequest) -> float:
    """How long this part goes on."""
    return request.config.stash[SECONDS]


@pytest.fixture
def chance() -> random.Random:
    """A failure tells its seed."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    return random.Random(seed)


@pytest.fixture(scope="session")
def everything(serve_anew: Serve) -> Replica:
    """A Python model that speaks all there is, reached over TCP as the tools need it."""
    return serve_anew(EVERYTHING, timeout=5.0)


@pytest.fixture(scope="session")
def graph(serve_graph: Serve) -> Replica:
    """A graph with an input of every datatype."""
    return serve_graph(EVERY, timeout=5.0)


@pytest.fixture(params=["everything", "graph"])
def target(request: pytest.FixtureRequest) -> Replica:
    """One after the other."""
    found: Replica = request.getfixturevalue(request.param)
    return found
