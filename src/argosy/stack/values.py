"""The kinds of values a stack file holds: how each is read, what an editor is told of it. No I/O.

A kind stands in the annotation of a key: ``drain: Annotated[float, Duration(most="1h")]``. What is
wrong is raised as a `PydanticCustomError` of type ``wrong``, whose context holds ``what`` is wrong,
the ``next_step``, and a ``suggestion`` made from the value, which is dropped when it came from a
variable. ``{written}`` in ``what`` is the value as the file has it.
"""

from __future__ import annotations

import difflib
import ipaddress
import math
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from argosy.stack import units
from argosy.stack.document import number
from argosy.stack.interpolation import Interpolated

Amount = TypeVar("Amount", int, float)

VARIABLE: JsonSchemaValue = {
    "type": "string",
    "pattern": r"\$\{",
    "description": "A value with a variable.",
}
DURATIONS = "Durations are written like 30s, 5m, 1h30m, 500ms."
SIZES = "Sizes are written like 512MiB, 2GiB, 1GB."


def wrong(what: str, next_step: str = "", suggestion: str = "") -> PydanticCustomError:
    """The error a reader of a value raises."""
    context = {"what": what, "next_step": next_step, "suggestion": suggestion}
    return PydanticCustomError("wrong", "{what}", context)


def nearest(word: str, words: Mapping[str, object] | tuple[str, ...]) -> str:
    """The known word that was probably meant, or empty."""
    plain = {known.replace("_", "").replace("-", ""): known for known in words}
    typed = word.lower().replace("_", "").replace("-", "")
    found = difflib.get_close_matches(typed, plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else ""


@dataclass(frozen=True)
class Kind:
    """Reads one kind of value, for pydantic.

    Subclasses give `_read`: the value, trusted from here on, or what `wrong` makes is raised;
    `_schema`: the JSON Schema of what may be written, which with ``ANY_TEXT`` includes variables;
    and `_describe`: the words of the reference.
    """

    ANY_TEXT: ClassVar[bool] = False

    def _read(self, value: object) -> object:
        raise NotImplementedError

    def _schema(self) -> JsonSchemaValue:
        raise NotImplementedError

    def _describe(self) -> str:
        raise NotImplementedError

    def __str__(self) -> str:
        return self._describe()

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return self._schema() if self.ANY_TEXT else {"anyOf": [self._schema(), VARIABLE]}


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
            raise wrong(f"must be {kind}, not {{written}}", "Remove the quotes." if quoted else "")
        if not self.least <= read <= self.most or (self.above is not None and read <= self.above):
            raise wrong(f"must be {self._range()}, not {{written}}")
        return read if self.whole else float(read)

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
    """A number of bytes, at least ``least``."""

    least: str

    def _read(self, value: object) -> int:
        count = _with_unit(value, units.size, SIZES)
        if count < units.size(self.least):
            raise wrong(f"must be at least {self.least}, not {{written}}")
        return count

    def _schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": units.SIZE}

    def _describe(self) -> str:
        return f"size, at least {self.least}"


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


@dataclass(frozen=True)
class Listen(Text):
    """An IP address and a port."""

    ANY_TEXT: ClassVar[bool] = False

    example: str = "127.0.0.1:8080"

    def _read(self, value: object) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            raise wrong("names a port without an address", suggestion=f"Write 127.0.0.1:{value}.")
        text = super()._read(value)
        host, _, port = text.rpartition(":")
        like = f'Write it like {self.example} or "[::1]:8080".'
        if _is_address(text) or _is_address(text.strip("[]")):
            meant = f'"[{text.strip("[]")}]:8080"' if ":" in text else f"{text}:8080"
            raise wrong("names an address without a port", like, f"Write {meant}.")
        if not host:
            raise wrong("names a port without an address", like, f"Write 127.0.0.1:{port}.")
        if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
            raise wrong("the port must be 1 to 65535", like)
        if host == "localhost":
            raise wrong(
                "must be an IP address: localhost can mean two", "Write 127.0.0.1 and the port."
            )
        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        if not _is_address(bare) or (":" in bare) != (bare != host):
            raise wrong("must be an IP address and a port, not {written}", like)
        return f"{host}:{int(port)}"

    def _schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": r"^([0-9.]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}$"}

    def _describe(self) -> str:
        return "address and port"


@dataclass(frozen=True)
class VariableValue(Kind):
    """The value of an environment variable: text, or a number as it is written."""

    ANY_TEXT: ClassVar[bool] = True

    def _read(self, value: object) -> str | int | float:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise wrong("must be text, not {written}", "Write it in quotes.")
        if isinstance(value, str) and "\0" in value:
            raise wrong("cannot hold the character 0x00")
        return value

    def _schema(self) -> JsonSchemaValue:
        return {"type": ["string", "number"]}

    def _describe(self) -> str:
        return "text or number"


@dataclass(frozen=True)
class CommandWords(Kind):
    """A program and its arguments: a list of words, or a text, split as a shell splits it."""

    ANY_TEXT: ClassVar[bool] = True

    LIKE: ClassVar[str] = 'Write it like `[python, serve.py, "{port}"]`, or as a text.'

    def _read(self, value: object) -> tuple[str, ...]:
        if isinstance(value, str):
            try:
                words: list[object] = [*shlex.split(value)]
            except ValueError as error:
                raise wrong(f"cannot be split into words: {error}", self.LIKE) from None
        elif isinstance(value, list):
            words = value
        else:
            raise wrong("must be a list of words or a text, not {written}", self.LIKE)
        if not words or words[0] == "":
            raise wrong("names no program", self.LIKE)
        return tuple(self._word(word) for word in words)

    def _word(self, word: object) -> str:
        if isinstance(word, dict):
            raise wrong("holds a mapping where a word is wanted", 'Write "{port}" in quotes.')
        if isinstance(word, bool) or not isinstance(word, str | int | float):
            raise wrong("holds what is not a word", "Write every word in quotes.")
        if isinstance(word, str) and "\0" in word:
            raise wrong("cannot hold the character 0x00")
        return str(word)

    def _schema(self) -> JsonSchemaValue:
        words = {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1}
        return {"anyOf": [{"type": "string", "minLength": 1}, words]}

    def _describe(self) -> str:
        return "list of words, or text"


@dataclass(frozen=True)
class OptionName(Text):
    """The key of an engine's option; which ones there are, `stack/options.py` checks."""

    ANY_TEXT: ClassVar[bool] = False

    example: str = "task"

    PATTERN: ClassVar[str] = r"^[A-Za-z_][A-Za-z0-9_-]*$"

    def _read(self, value: object) -> str:
        text = super()._read(value)
        if not re.fullmatch(self.PATTERN[1:-1], text):
            raise wrong("is not the name of an option", "Use letters, digits, _ and -.")
        return text

    def _schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": self.PATTERN}

    def _describe(self) -> str:
        return "option"


@dataclass(frozen=True)
class AnyValue(Kind):
    """Any value that JSON can hold; what a variable gives is a number where it reads as one."""

    ANY_TEXT: ClassVar[bool] = True

    def _read(self, value: object) -> object:
        if isinstance(value, dict):
            return {str(key): self._read(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._read(item) for item in value]
        if isinstance(value, Interpolated):
            read = number(value)
            return str(value) if read is None else read
        if isinstance(value, float) and not math.isfinite(value):
            raise wrong("must be a number that JSON can hold, not {written}")
        return str(value) if isinstance(value, str) else value

    def _schema(self) -> JsonSchemaValue:
        return {"type": ["string", "number", "boolean", "array", "object"]}

    def _describe(self) -> str:
        return "any value"


@dataclass(frozen=True)
class VariableName(Text):
    """The name of an environment variable."""

    ANY_TEXT: ClassVar[bool] = False

    example: str = "LOG_LEVEL"

    PATTERN: ClassVar[str] = r"^[A-Za-z_][A-Za-z0-9_]*$"

    def _read(self, value: object) -> str:
        text = super()._read(value)
        if not re.fullmatch(self.PATTERN[1:-1], text):
            raise wrong(
                "is not the name of a variable", "Use letters, digits and _, no digit first."
            )
        return text

    def _schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": self.PATTERN}

    def _describe(self) -> str:
        return "name of a variable"


def slug(text: str) -> str:
    """The nearest name: ``My Desk`` is ``my-desk``."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if not re.match(r"[a-z]", name):
        name = f"stack-{name}".rstrip("-")
    return name[:40].rstrip("-")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _with_unit(value: object, read: Callable[[str], Amount], forms: str) -> Amount:
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        raise wrong("must be text with a unit, not {written}", forms)
    try:
        return read(text)
    except units.UnitError as error:
        suggestion = f"Write {error.suggestion}." if error.suggestion else ""
        raise wrong(f"{{written}} {error.what}", forms, suggestion) from None
