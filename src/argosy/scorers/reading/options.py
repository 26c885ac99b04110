"""The options of scorers, and what is wrong with a value. No I/O here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from argosy.nearest import nearest


class CannotScore(Exception):
    """An answer that could not be right, or cannot be looked at; it scores 0, with this reason."""


@dataclass(frozen=True)
class Option:
    """One key. ``meaning`` is a sentence of the manual; any value is right."""

    meaning: str

    def wrong(self, value: object) -> str:  # noqa: ARG002  a contract
        """What is wrong with a value, empty for nothing."""
        return ""


@dataclass(frozen=True)
class Amount(Option):
    """A number from ``least`` to ``most``."""

    least: float = 0.0
    most: float = math.inf
    whole: bool = False

    def wrong(self, value: object) -> str:
        """A truth value is no number."""
        kind = "a whole number" if self.whole else "a number"
        fits = isinstance(value, int) if self.whole else isinstance(value, int | float)
        if not fits or isinstance(value, bool):
            return f"must be {kind}"
        assert isinstance(value, int | float)
        if math.isnan(value) or not self.least <= value <= self.most or math.isinf(value):
            most = f"{self.least:g} to {self.most:g}"
            return f"must be {f'at least {self.least:g}' if math.isinf(self.most) else most}"
        return ""


@dataclass(frozen=True)
class Truth(Option):
    """True or false."""

    def wrong(self, value: object) -> str:
        """Nothing else is."""
        return "" if isinstance(value, bool) else "must be true or false"


@dataclass(frozen=True)
class Text(Option):
    """A text that is not empty."""

    def wrong(self, value: object) -> str:
        """A number is none."""
        return "" if isinstance(value, str) and value else "must be a text"


@dataclass(frozen=True)
class OneOf(Option):
    """One of some words."""

    words: tuple[str, ...] = ()

    def wrong(self, value: object) -> str:
        """With the word that was meant."""
        if isinstance(value, str) and value in self.words:
            return ""
        meant = nearest(value, self.words) if isinstance(value, str) else ""
        hint = f"; did you mean {meant}?" if meant else ""
        return f"must be one of {', '.join(self.words)}{hint}"


@dataclass(frozen=True)
class Texts(Option):
    """A list of texts."""

    def wrong(self, value: object) -> str:
        """An empty one is wrong, too."""
        right = isinstance(value, list) and value and all(isinstance(one, str) for one in value)
        return "" if right else "must be a list of texts"


@dataclass(frozen=True)
class Mapping(Option):
    """An object."""

    def wrong(self, value: object) -> str:
        """What is in it, its scorer checks."""
        return "" if isinstance(value, dict) else "must be a mapping"


def texts_expected(expected: object, options: dict[str, Any]) -> str:  # noqa: ARG001
    """What is wrong with what is meant to be a text, or a list of texts of which each is right."""
    several = expected if isinstance(expected, list) else [expected]
    if not several:
        return "the list of right answers is empty"
    if any(isinstance(one, dict | list) or one is None for one in several):
        return "must be a text, or a list of texts of which each is right"
    return ""
