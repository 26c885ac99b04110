"""The kinds of values by which a stack file says when a revision is good enough. No I/O."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic.json_schema import JsonSchemaValue

from argosy import scorers
from argosy.stack import units
from argosy.stack.gateway_values import Words
from argosy.stack.interpolation import Interpolated
from argosy.stack.kind import Kind, wrong
from argosy.stack.model import GuardLimit
from argosy.stack.passed_on import AnyValue

MOST_RESTARTS = 1_000_000
NO_LIMIT = "none"

Measure: TypeAlias = Literal["share", "duration", "count", "size"]


@dataclass(frozen=True)
class ScorerChoice(Kind):
    """A scorer by its word, alone or with its options; or a function of the user's own."""

    def _read(self, value: object) -> scorers.Choice:
        plain = AnyValue()._read(value)  # noqa: SLF001
        try:
            return scorers.parse(plain)
        except scorers.WrongScorer as error:
            if isinstance(value, Interpolated):
                raise wrong("{written} is no scorer") from None
            raise wrong(error.what, error.next_step, below=error.path) from None

    def _schema(self) -> JsonSchemaValue:
        words = {"type": "string", "enum": list(scorers.names())}
        function = {"type": "string", "pattern": r"^[^:\s]+:[^:\s]+$"}
        options: dict[str, Any] = {name: _options_schema(name) for name in scorers.names()}
        mapping = {
            "type": "object",
            "properties": options,
            "patternProperties": {function["pattern"]: {"type": "object"}, "^x-": {}},
            "additionalProperties": False,
        }
        return {"anyOf": [words, function, mapping]}

    def _describe(self) -> str:
        return "[scorer](probes.md#scorers), or mapping of it to its options"


@dataclass(frozen=True)
class Steps(Kind):
    """Percentages of the traffic, each more than the one before, the last of them 100."""

    LIKE: ClassVar[str] = "Write it like `[10, 50, 100]`."

    def _read(self, value: object) -> tuple[float, ...]:
        steps = AnyValue()._read(value)  # noqa: SLF001
        if not isinstance(steps, list) or not steps:
            raise wrong("must be a list of percentages, not {written}", self.LIKE)
        for step in steps:
            if isinstance(step, bool) or not isinstance(step, int | float):
                raise wrong("must be numbers without a unit", self.LIKE)
            if not 0 < step <= 100:
                raise wrong(f"{step:g} is no percentage: more than 0, up to 100", self.LIKE)
        for step, following in itertools.pairwise(steps):
            if following <= step:
                raise wrong(f"{following:g} is not more than the {step:g} before it", self.LIKE)
        if steps[-1] != 100:
            meant = ", ".join(f"{step:g}" for step in (*steps, 100))
            raise wrong("does not end at 100", suggestion=f"Write [{meant}].")
        return tuple(steps)

    def _schema(self) -> JsonSchemaValue:
        step = {"type": "number", "exclusiveMinimum": 0, "maximum": 100}
        return {"type": "array", "items": step, "minItems": 1}

    def _describe(self) -> str:
        return "list of percentages that ends at 100"


@dataclass(frozen=True)
class Limit(Kind):
    """What a guard allows: an amount in the unit of what it measures, or as a ``1.5x``.

    Such a ratio is of what the revision before has, and not to be had of a count. With ``none``
    nothing is looked at.
    """

    of: Measure

    RATIO: ClassVar[str] = r"^([0-9]{1,3}(\.[0-9]{1,6})?)x$"
    SHARE: ClassVar[str] = r"^([0-9]{1,3}(\.[0-9]{1,6})?)%$"

    def _read(self, value: object) -> GuardLimit | None:
        read = AnyValue()._read(value)  # noqa: SLF001
        if read == NO_LIMIT:
            return None
        if self.of == "count":
            if isinstance(read, int) and not isinstance(read, bool) and 0 <= read <= MOST_RESTARTS:
                return GuardLimit(amount=float(read))
            raise wrong("must be a whole number, not {written}", f"Write it like {self._like}.")
        if isinstance(read, str):
            if match := re.match(self.RATIO, read):
                return self._ratio(float(match[1]))
            if (amount := self._amount(read)) is not None:
                return GuardLimit(amount=amount)
        like = f"Write it like {self._like}, or 1.5x: a ratio to the revision before."
        raise wrong("{written} is no limit of this", like)

    def _ratio(self, ratio: float) -> GuardLimit:
        if ratio < 1:
            what = "{written} would be better than the revision before"
            raise wrong(what, "A ratio is 1x or more.")
        return GuardLimit(ratio=ratio)

    def _amount(self, text: str) -> float | None:
        if self.of == "share":
            match = re.match(self.SHARE, text)
            return float(match[1]) / 100 if match and float(match[1]) <= 100 else None
        read: dict[str, Callable[[str], float]] = {"duration": units.duration, "size": units.size}
        try:
            return read[self.of](text)
        except units.UnitError:
            return None

    @property
    def _like(self) -> str:
        return {"share": "1%", "duration": "200ms", "count": "2", "size": "512MiB"}[self.of]

    def _schema(self) -> JsonSchemaValue:
        none = {"type": "string", "enum": [NO_LIMIT]}
        if self.of == "count":
            return {"anyOf": [{"type": "integer", "minimum": 0}, none]}
        amount = {"share": self.SHARE, "duration": units.DURATION, "size": units.SIZE}[self.of]
        pattern = {"type": "string", "pattern": self.RATIO}
        return {"anyOf": [pattern, {"type": "string", "pattern": amount}, none]}

    def _describe(self) -> str:
        kinds = {"share": "percentage", "duration": "duration", "size": "size"}
        kind = "whole number" if self.of == "count" else f"{kinds[self.of]}, ratio such as 1.5x"
        return f"{kind}, or `{NO_LIMIT}`"


def show_limit(limit: GuardLimit, of: Measure) -> str | int:
    """As the stack file has it."""
    if limit.ratio is not None:
        return f"{limit.ratio:g}x"
    assert limit.amount is not None
    if of == "share":
        return f"{limit.amount * 100:g}%"
    if of == "duration":
        return units.show_duration(limit.amount)
    return units.show_size(int(limit.amount)) if of == "size" else int(limit.amount)


def _options_schema(name: str) -> JsonSchemaValue:
    options = {
        key: {"description": option.meaning} for key, option in scorers.module(name).OPTIONS.items()
    }
    return {
        "type": "object",
        "properties": options,
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
    }


TAGS = Words(r"\S(.*\S)?", of="a tag", rule="Name tags of the suite's items.")
FIELDS = Words(
    r"[A-Za-z0-9_$-]+(\.[A-Za-z0-9_$-]+)*",
    of="a field",
    rule="Name fields of bodies, such as `messages.content`.",
)
