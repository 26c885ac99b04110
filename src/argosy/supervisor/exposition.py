"""Many texts in Prometheus' form made one. No I/O here.

Every replica tells families of the same names; in one text a family stands in one piece.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass
class Piece:
    """One family: its HELP and TYPE, as they were told first, and all its samples."""

    headers: dict[str, str] = field(default_factory=dict)
    samples: list[str] = field(default_factory=list)


def merge(texts: Iterable[str]) -> str:
    """All samples of all texts, by family in the order in which families come first."""
    pieces: dict[str, Piece] = {}
    for text in texts:
        current = ""
        for line in text.splitlines():
            if line.startswith(("# HELP ", "# TYPE ")):
                _, keyword, name, *_ = line.split(" ", 3)
                current = _family(pieces, name)
                pieces.setdefault(current, Piece()).headers.setdefault(keyword, line)
            elif line and not line.startswith("#"):
                name = line.partition("{")[0].partition(" ")[0]
                if not (current and name.startswith(current)):
                    current = name
                pieces.setdefault(current, Piece()).samples.append(line)
    lines = []
    for piece in pieces.values():
        if piece.samples:
            lines += [piece.headers[one] for one in ("HELP", "TYPE") if one in piece.headers]
            lines += piece.samples
    return "".join(f"{line}\n" for line in lines)


def _family(pieces: dict[str, Piece], name: str) -> str:
    """OpenMetrics' name of a counter lacks the ``_total`` that Prometheus' has."""
    total = f"{name}_total"
    return total if total in pieces else name
