"""A kind of value: how it is read, and what an editor is told of it. No I/O.

A kind stands in the annotation of a key: ``drain: Annotated[float, Duration(most="1h")]``. What is
wrong is raised as a `PydanticCustomError` of type ``wrong``, whose context holds ``what`` is wrong,
the ``next_step``, and a ``suggestion`` made from the value, which is dropped when it came from a
variable. ``{written}`` in ``what`` is the value as the file has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

VARIABLE: JsonSchemaValue = {
    "type": "string",
    "pattern": r"\$\{",
    "description": "A value with a variable.",
}


def wrong(
    what: str, next_step: str = "", suggestion: str = "", below: tuple[str, ...] = ()
) -> PydanticCustomError:
    """The error a reader of a value raises; ``below`` are the keys to the part that is wrong."""
    context = {"what": what, "next_step": next_step, "suggestion": suggestion, "below": below}
    return PydanticCustomError("wrong", "{what}", context)


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
