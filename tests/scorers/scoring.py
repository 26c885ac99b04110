"""Scoring in tests, as the stack file writes it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from argosy import scorers
from argosy.scorers import Score


def value(written: object, answer: object, expected: object, folder: Path = Path()) -> float:
    """The score; fails where there is a reason for none."""
    found = scored(written, answer, expected, folder)
    assert not found.reason, found
    return found.value


def scored(written: object, answer: object, expected: object, folder: Path = Path()) -> Score:
    """The score, with its reason."""
    choice = scorers.parse(written)
    return asyncio.run(scorers.named(choice.name, choice.options, folder).score(answer, expected))


def wrong_expected(written: object, expected: object, *, given: bool = True) -> str:
    """What is wrong with what an item expects."""
    choice = scorers.parse(written)
    return scorers.Scorer(choice.name, choice.options).wrong_expected(expected, given=given)
