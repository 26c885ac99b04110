"""Vectors for the scorer ``embedding``, from a model of the same stack."""

from __future__ import annotations

from collections.abc import Sequence

from argosy.errors import ArgosyError
from argosy.platforms.platform import Platform
from argosy.probe.asking import Asker
from argosy.scorers import Embed
from argosy.stack.model import Probe

EMBEDDING = "embedding"  # the scorer that asks another model


def embedder(platform: Platform, probe: Probe) -> Embed | None:
    """Asks whichever replica is ready, and raises `ArgosyError` where none is.

    None for scorers that need no vectors.
    """
    if probe.scorer.name != EMBEDDING:
        return None
    name = str(probe.scorer.options["model"])

    async def embed(texts: Sequence[str]) -> Sequence[Sequence[float]]:
        for replica in platform.observe():
            if replica.model == name and replica.state == "ready":
                address = replica.endpoint or replica.address
                async with Asker(address, name, timeout=probe.timeout) as asker:
                    return await asker.embed(texts)
        raise ArgosyError(
            f"{name}, which the scorer asks for vectors, has no replica that is ready"
        )

    return embed
