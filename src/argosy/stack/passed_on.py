"""Values that are not ours: environment variables, an engine's options and command. No I/O."""

from __future__ import annotations

import math
import re
import shlex
from dataclasses import dataclass
from typing import ClassVar

from pydantic.json_schema import JsonSchemaValue

from argosy.stack.document import number
from argosy.stack.interpolation import Interpolated
from argosy.stack.kind import Kind, wrong
from argosy.stack.values import Text


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
class KeyName(Text):
    """A key for somebody else: the name ``of`` what, and its ``pattern`` as a ``rule`` in words."""

    ANY_TEXT: ClassVar[bool] = False

    of: str
    pattern: str
    rule: str

    def _read(self, value: object) -> str:
        text = super()._read(value)
        if not re.fullmatch(self.pattern, text):
            raise wrong(f"is not the name of {self.of}", self.rule)
        return text

    def _schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": f"^{self.pattern}$"}

    def _describe(self) -> str:
        return f"name of {self.of}"


OPTION_NAME = KeyName(  # which ones there are, `stack/options.py` checks
    "task",
    of="an option",
    pattern=r"[A-Za-z_][A-Za-z0-9_-]*",
    rule="Use letters, digits, _ and -.",
)
VARIABLE_NAME = KeyName(
    "LOG_LEVEL",
    of="a variable",
    pattern=r"[A-Za-z_][A-Za-z0-9_]*",
    rule="Use letters, digits and _, no digit first.",
)


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
