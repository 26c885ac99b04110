"""What every mapping of the stack file has in common. No I/O here."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """One mapping of the file. Keys that are not declared here are refused."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_default=True,
        model_title_generator=lambda shape: shape.__name__.removesuffix("Shape"),
    )
