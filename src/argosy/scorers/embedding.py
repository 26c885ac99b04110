"""How near the meaning of the answer comes to what is expected: the cosine of their embeddings.

A model of the stack that answers `/v1/embeddings` makes them: `model` names it. A cosine below 0
scores 0. A list is several right answers, of which the nearest counts.

    {"input": "why is the sky blue?", "expected": "Air scatters blue light more than red."}
    scorer: {embedding: {model: minilm, threshold: 0.8}}
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

from argosy.scorers.reading import texts as reading
from argosy.scorers.reading.options import Amount, CannotScore, Text, texts_expected

OPTIONS = {
    "model": Text("The model of the stack that makes embeddings; needed."),
    "threshold": Amount("A cosine from there on scores 1, any other 0.", most=1.0),
}

wrong_expected = texts_expected


def texts(answer: object, expected: object) -> list[str]:
    """What is to be embedded, the answer first."""
    return [reading.text(answer), *reading.several(expected)]


def score(
    answer: Sequence[float], expected: Sequence[Sequence[float]], options: dict[str, Any]
) -> float:
    """Of vectors."""
    near = max(_cosine(answer, one) for one in expected)
    return float(near >= options["threshold"]) if "threshold" in options else near


def wrong_options(options: dict[str, Any]) -> str:
    """Nothing else can make them."""
    return "" if "model" in options else "needs the option `model`: one of the stack that embeds"


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    if len(one) != len(other) or not one:
        raise CannotScore(f"embeddings of {len(one)} and {len(other)} numbers")
    lengths = math.hypot(*one) * math.hypot(*other)
    if not 0 < lengths < math.inf:
        raise CannotScore("an embedding of length 0, or not finite")
    product: float = sum(map(operator.mul, one, other))
    return min(1.0, max(0.0, product / lengths))
