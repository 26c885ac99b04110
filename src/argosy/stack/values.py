"""The kinds of values a stack file holds: numbers, times, sizes, words, names, paths. No I/O."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from pydantic.json_schema import JsonSchemaValue

from argosy.nearest import nearest
from argosy.stack import units
from argosy.stack.document import number
from argosy.stack.interpolation import Interpolated
from argosy.stack.kind import Kind, wrong
from argosy.stack.model import Rate

Amount = TypeVar("Amount", int, float, tuple[int, int])

DURATIONS = "Durations are written like 30s, 5m, 1h30m, 500ms."
SIZES = "Sizes are written like 512MiB, 2GiB, 1GB."
RATES = "Rates are written like 20/s, 100/min, 5000/h, 20000/day."


@dataclass(frozen=True)
class Number(Kind):
    """A number from ``least`` (or ``above`` it) to ``most``; ``whole`` allows no fraction."""

    most: float
    least: float = 0
    above: float | None = None
    whole: bool = False

    def _read(self, value: object) -> int | float:
        read = number(value) if isinstance(value, Interpolated) else value
        if (
            isinstance(read, bool)
            or not isinstance(read, int | float)
            or (self.whole and not isinstance(read, int))
        ):
            kind = "a whole number" if self.whole else "a number"
            quoted = (
                isinstance(value, str)
                and not isinstance(value, Interpolated)
                and number(value) is not None
            )
            advice = "Remove the quotes." if quoted else self._as_share(value)
            raise wrong(f"must be {kind}, not {{written}}", advice)
        if not self.least <= read <= self.most or (self.above is not None and read <= self.above):
            raise wrong(f"must be {self._range()}, not {{written}}")
        return read if self.whole else float(read)

    def _as_share(self, value: object) -> str:
        """What a percentage means where the whole is 1."""
        read = number(value[:-1].strip()) if isinstance(value, str) and value[-1:] == "%" else None
        fits = read is not None and not self.whole and self.most <= 1
        return f"Write {read / 100:g}." if read is not None and fits else ""

    def _range(self) -> str:
        low = f"more than {self.above:g}, up" if self.above is not None else f"{self.least:g}"
        return f"{low} to {self.most:g}"

    def _schema(self) -> JsonSchemaValue:
        low: JsonSchemaValue = (
            {"minimum": self.least} if self.above is None else {"exclusiveMinimum": self.above}
        )
        return {"type": "integer" if self.whole else "number", **low, "maximum": self.most}

    def _describe(self) -> str:
        return f"{'whole number' if self.whole else 'number'}, {self._range()}"


@dataclass(frozen=True)
class Duration(Kind):
    """A time, read as seconds, up to ``most``; longer than ``above`` where that is given."""

    most: str
    above: str | None = None

    def _read(self, value: object) -> float:
        seconds = _with_unit(value, units.duration, DURATIONS)
        if self.above is not None and seconds <= units.duration(self.above):
            raise wrong(f"must be longer than {self.above}, not {{written}}")
        if seconds > units.duration(self.most):
            raise wrong(f"must be at most {self.most}, not {{written}}")
        return seconds

    def _schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": units.DURATION}

    def _describe(self) -> str:
        low = f"longer than {self.above}, up" if self.above else "0s"
        return f"duration, {low} to {self.most}"


@dataclass(frozen=True)
class Size(Kind):
    """A number of bytes, at least ``least``, up to ``most`` where that is given."""

    least: str
    most: str | None = None

    def _read(self, value: object) -> int:
        count = _with_unit(value, units.size, SIZES)
        if count < units.size(self.least):
            raise wrong(f"must be at least {self.least}, not {{written}}")
        if self.most is not None and count > units.size(self.most):
            raise wrong(f"must be at most {self.most}, not {{written}}")
        return count

    def _schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": units.SIZE}

    def _describe(self) -> str:
        return f"size, {self.least} to {self.most}" if self.most else f"size, at least {self.least}"


@dataclass(frozen=True)
class PerTime(Kind):
    """So many requests in a time: ``20/s``."""

    def _read(self, value: object) -> Rate:
        count, seconds = _with_unit(value, units.rate, RATES)
        return Rate(count, seconds)

    def _schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": units.RATE}

    def _describe(self) -> str:
        return "rate: a number per s, min, h or day"


@dataclass(frozen=True)
class Truth(Kind):
    """True or false."""

    def _read(self, value: object) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, Interpolated) and value in ("true", "false"):
            return value == "true"
        raise wrong("must be true or false, not {written}")

    def _schema(self) -> JsonSchemaValue:
        return {"type": "boolean"}

    def _describe(self) -> str:
        return "true or false"


@dataclass(frozen=True)
class Word(Kind):
    """One of ``words``. ``later`` are words that a user may know, and that do not exist yet."""

    words: Callable[[], tuple[str, ...]]
    later: tuple[str, ...] = ()

    def _read(self, value: object) -> str:
        known = self.words()
        if isinstance(value, str) and value in known:
            return str(value)
        choice = known[0] if len(known) == 1 else f"one of {', '.join(known)}"
        if isinstance(value, str) and value in self.later:
            raise wrong("{written} is not available in this version", f"Write {choice}.")
        meant = nearest(value, known) if isinstance(value, str) else ""
        raise wrong(
            f"must be {choice}, not {{written}}",
            suggestion=f"Did you mean {meant}?" if meant else "",
        )

    def _schema(self) -> JsonSchemaValue:
        return {"type": "string", "enum": list(self.words())}

    def _describe(self) -> str:
        return " or ".join(f"`{word}`" for word in self.words())


@dataclass(frozen=True)
class Text(Kind):
    """Text; what is read otherwise without quotes is refused. ``example`` shows what is meant."""

    ANY_TEXT: ClassVar[bool] = True

    example: str

    def _read(self, value: object) -> str:
        if not isinstance(value, str):
            raise wrong("must be text, not {written}", f"Write it like {self.example}.")
        if not value:
            raise wrong("is empty", f"Write it like {self.example}.")
        if "\0" in value:
            raise wrong("cannot hold the character 0x00")
        return str(value)

    def _schema(self) -> JsonSchemaValue:
        return {"type": "string", "minLength": 1}

    def _describe(self) -> str:
        return "text"


@dataclass(frozen=True)
class Name(Text):
    """A name that is at home in addresses, folders and metrics. ``taken`` are refused."""

    ANY_TEXT: ClassVar[bool] = False

    example: str = "sentiment"
    taken: tuple[str, ...] = ()

    PATTERN: ClassVar[str] = r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$"

    def _read(self, value: object) -> str:
        text = super()._read(value)
        if not re.fullmatch(self.PATTERN[1:-1], text):
            rule = "Use up to 40 of a-z, 0-9 and -, a letter first and no - at the end."
            raise wrong("is not a name", rule, f"Write {slug(text)}. {rule}")
        if text in self.taken:
            raise wrong("this name is the gateway's own", "Take another name.")
        return text

    def _schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": self.PATTERN}

    def _describe(self) -> str:
        return "name"


@dataclass(frozen=True)
class PythonVersion(Text):
    """A version of Python that a worker runs on."""

    ANY_TEXT: ClassVar[bool] = False

    example: str = '"3.11"'

    PATTERN: ClassVar[str] = r"^3\.([89]|1[0-4])(\.[0-9]{1,2})?$"

    def _read(self, value: object) -> str:
        if isinstance(value, int | float) and not isinstance(value, bool):
            what = f"without quotes this is the number {value:g}, not a version"
            raise wrong(what, 'Write "{written}".' if isinstance(value, float) else 'Write "3.11".')
        text = super()._read(value)
        if not re.fullmatch(self.PATTERN[1:-1], text):
            raise wrong(
                "must be a Python from 3.8 to 3.14, not {written}",
                'Write it like "3.11" or "3.11.7".',
            )
        return text

    def _schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": self.PATTERN, "examples": ["3.11"]}

    def _describe(self) -> str:
        return "version, in quotes"


@dataclass(frozen=True)
class LocalPath(Text):
    """A path on this machine; an address of weights elsewhere is refused."""

    example: str = "./weights/digits.onnx"

    def _read(self, value: object) -> str:
        text = super()._read(value)
        if scheme := re.match(r"[a-z][a-z0-9+.-]*://", text, re.IGNORECASE):
            what = (
                f"{scheme.group().lower()} is not supported yet"
                if not isinstance(value, Interpolated)
                else ""
            )
            raise wrong(
                what or "{written}: addresses are not supported yet",
                "Download it, and name the path.",
            )
        return text

    def _describe(self) -> str:
        return "path"


def slug(text: str) -> str:
    """The nearest name: ``My Desk`` is ``my-desk``."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if not re.match(r"[a-z]", name):
        name = f"stack-{name}".rstrip("-")
    return name[:40].rstrip("-")


def _with_unit(value: object, read: Callable[[str], Amount], forms: str) -> Amount:
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        raise wrong("must be text with a unit, not {written}", forms)
    try:
        return read(text)
    except units.UnitError as error:
        suggestion = f"Write {error.suggestion}." if error.suggestion else ""
        raise wrong(f"{{written}} {error.what}", forms, suggestion) from None
