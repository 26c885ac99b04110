from __future__ import annotations

from collections.abc import Sequence

import pytest

from argosy import scorers
from argosy.scorers import Score, Scorer

VECTORS = {"sky": [1.0, 0.0], "blue": [3.0, 4.0], "mud": [-1.0, 0.0], "no": [0.0, 0.0], "3": [1.0]}


async def embed(texts: Sequence[str]) -> list[list[float]]:
    return [VECTORS[text] for text in texts]


async def failing(texts: Sequence[str]) -> list[list[float]]:
    raise ConnectionError("it has gone")


def scorer(**options: object) -> Scorer:
    return scorers.named("embedding", {"model": "minilm", **options})


async def test_the_cosine_is_the_score() -> None:
    assert await scorer().score("sky", "sky", embed) == Score(1.0)
    assert (await scorer().score("blue", "sky", embed)).value == pytest.approx(0.6)
    assert await scorer().score("mud", "sky", embed) == Score(0.0)


async def test_the_nearest_of_several_counts() -> None:
    assert await scorer().score("blue", ["mud", "blue"], embed) == Score(1.0)


async def test_from_a_threshold_on_it_is_right() -> None:
    assert await scorer(threshold=0.5).score("blue", "sky", embed) == Score(1.0)
    assert await scorer(threshold=0.7).score("blue", "sky", embed) == Score(0.0)


async def test_what_cannot_be_compared_scores_nothing_and_says_why() -> None:
    assert "length 0" in (await scorer().score("no", "sky", embed)).reason
    assert "2 and 1 numbers" in (await scorer().score("sky", "3", embed)).reason
    assert "it has gone" in (await scorer().score("sky", "sky", failing)).reason
    assert "no model" in (await scorer().score("sky", "sky")).reason


def test_a_model_must_be_named() -> None:
    with pytest.raises(scorers.WrongScorer, match="needs the option `model`"):
        scorers.parse("embedding")
