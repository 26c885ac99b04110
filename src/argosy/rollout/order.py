"""The order in which items are asked: shuffled by a seed, the same on every Python and machine."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256


def shuffled(items: Iterable[str], seed: int) -> tuple[str, ...]:
    """Items by the digest of seed and id, so that an item more moves no other past another."""
    return tuple(
        sorted(items, key=lambda item: (sha256(f"{seed}\n{item}".encode()).digest(), item))
    )
