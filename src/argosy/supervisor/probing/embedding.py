"""Vectors for the scorer ``embedding``, from a model of the same stack."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from argosy.errors import ArgosyError
from argosy.platforms.platform import Platform
from argosy.probe.asking import Asker
from argosy.scorers import Embed
from argosy.stack.model import Probe

EMBEDDING = "embedding"  # the scorer that asks another model
Serving = Callable[[str], int | None]
"""Which revision of a model serves."""
Embedder = Callable[[Probe], Embed | None]


def embedder(platform: Platform, serving: Serving, probe: Probe) -> Embed | None:
    """Asks whichever replica of the revision that serves is ready; `ArgosyError` where none is.

    Another revision may run beside it, and its vectors are others. None for scorers that need no
    vectors.
    """
    if probe.scorer.name != EMBEDDING:
        return None
    name = str(probe.scorer.options["model"])

    async def embed(texts: Sequence[str]) -> Sequence[Sequence[float]]:
        number = serving(name)
        for replica in platform.observe():
            if (replica.model, replica.revision) == (name, number) and replica.state == "ready":
                address = replica.endpoint or replica.address
                async with Asker(address, name, timeout=probe.timeout) as asker:
                    return await asker.embed(texts)
        raise ArgosyError(
            f"{name}, which the scorer asks for vectors, has no replica that is ready"
        )

    return embed
