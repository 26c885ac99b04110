"""How values become JSON and come back, checked: pydantic's adapters, made when they are needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Value = TypeVar("Value")


class Adapter(Generic[Value]):
    """A `pydantic.TypeAdapter` for ``kind``, made at its first use.

    To make those of all messages takes a sixth of a second of the processor, as pydantic's import
    does; a command sends one message and reads one.
    """

    def __init__(self, kind: type[Value]) -> None:
        self._kind = kind

    def validate_json(self, text: str | bytes) -> Value:
        """Raises `pydantic.ValidationError` where it is no such value."""
        return self._made.validate_json(text)

    def validate_python(self, data: Any) -> Value:
        """Raises `pydantic.ValidationError` where it is no such value."""
        return self._made.validate_python(data)

    def dump_json(self, value: Value, *, indent: int | None = None) -> bytes:
        """The value as JSON, on one line or indented by so many spaces."""
        return self._made.dump_json(value, indent=indent)

    def dump_python(self, value: Value, *, mode: Literal["json", "python"] = "python") -> Any:
        """The value as plain lists, dictionaries and texts; all of JSON's kinds in its ``mode``."""
        return self._made.dump_python(value, mode=mode)

    @cached_property
    def _made(self) -> TypeAdapter[Value]:
        from pydantic import TypeAdapter

        return TypeAdapter(self._kind)
