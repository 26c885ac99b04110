"""Mending what was found: edits of the texts, a finding's whole or not at all.

What one round leaves out, because two findings want the same piece, the next round mends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from argosy.edits import Edit, apply
from argosy.lint.run import Report, Reported


@dataclass(frozen=True)
class Mended:
    """``texts`` are the new texts of the files that change; ``fixed`` what is mended by them."""

    texts: Mapping[Path, str]
    fixed: tuple[Reported, ...]


def mend(report: Report, *, unsafe: bool = False) -> Mended:
    """One round: the edits of all findings that do not get in each other's way. Pure."""
    taken: list[Edit] = []
    fixed: list[Reported] = []
    for one in report.found:
        edits = one.finding.fix
        is_wanted = one.rule.fix == "safe" or (unsafe and one.rule.fix == "unsafe")
        new = [edit for edit in edits if edit not in taken]
        if edits and is_wanted and not any(_collide(a, b) for a in new for b in taken):
            taken += new
            fixed.append(one)
    texts = {
        file: apply(report.source(file).text, [one for one in taken if one.file == file])
        for file in {one.file for one in taken}
    }
    return Mended(texts, tuple(fixed))


def _collide(one: Edit, other: Edit) -> bool:
    """Whether one may change what the other stands on: they overlap, or touch."""
    return one.file == other.file and one.start <= other.end and other.start <= one.end
