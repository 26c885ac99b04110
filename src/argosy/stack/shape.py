"""What every mapping of the stack file has in common. No I/O here."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo


class Shape(BaseModel):
    """One mapping of the file. Keys that are not declared here are refused."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_default=True,
        model_title_generator=lambda shape: shape.__name__.removesuffix("Shape"),
    )


def keys(shape: type[Shape]) -> dict[str, FieldInfo]:
    """Every key of a mapping, as the file has it."""
    return {field.alias or name: field for name, field in shape.model_fields.items()}
