from __future__ import annotations

from pathlib import Path

import pytest

from argosy.errors import ArgosyError
from argosy.platforms.platform import Replica
from argosy.scorers import Choice
from argosy.stack.model import Probe
from argosy.supervisor.probing.embedding import embedder
from tests.runner.replicas import serving
from tests.supervisor.standing import Standing

MODEL = """
class Model:
    def predict(self, value):
        return value

    def embed(self, texts):
        return [[float(len(text)), 1.0] for text in texts]
"""
PROBE = Probe(Path("/suite.jsonl"), Choice("embedding", {"model": "m"}), timeout=20)


async def test_what_serves_of_the_model_that_the_scorer_names_makes_the_vectors(
    tmp_path: Path,
) -> None:
    platform = Standing(tmp_path, tmp_path)
    embed = embedder(platform, {"m": 2}.get, PROBE)
    assert embed
    with pytest.raises(ArgosyError, match="m, which the scorer asks for vectors, has no"):
        await embed(["four"])
    with serving(tmp_path, MODEL) as runner:
        address = f"unix:{runner.until_ready().socket}"
        platform.replicas = [
            Replica("other", 1, 1, "ready", "unix:/nobody"),
            Replica("m", 1, 1, "ready", "unix:/nobody"),
            Replica("m", 2, 1, "loading", "unix:/nobody"),
            Replica("m", 2, 2, "ready", address),
        ]
        assert await embed(["four"]) == [[4.0, 1.0]]


def test_other_scorers_need_none(tmp_path: Path) -> None:
    assert (
        embedder(Standing(tmp_path, tmp_path), lambda _: None, Probe(Path("/suite.jsonl"))) is None
    )
