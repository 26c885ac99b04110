"""The word that was probably meant. No I/O here."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, words: Iterable[str]) -> str:
    """The known word that was probably meant, or empty. Case, ``-`` and ``_`` do not count."""
    plain = {_plain(known): known for known in words}
    found = difflib.get_close_matches(_plain(word), plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else ""


def _plain(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "")
