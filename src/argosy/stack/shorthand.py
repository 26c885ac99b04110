"""A mapping of the stack file that one word can stand for. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from argosy.stack.kind import VARIABLE, Kind
from argosy.stack.values import Word


@dataclass(frozen=True)
class WordFor(Kind):
    """A word alone is the mapping in which it is the value of ``key``."""

    key: str
    word: Word

    def _read(self, value: object) -> object:
        return {self.key: self.word._read(value)} if isinstance(value, str) else value  # noqa: SLF001

    def _describe(self) -> str:
        return str(self.word)

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [self.word._schema(), VARIABLE, handler(schema)]}  # noqa: SLF001
