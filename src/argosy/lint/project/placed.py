"""Where the keys and values of a service or a model stand. No I/O here."""

from __future__ import annotations

from argosy.compose_files.tree import Value
from argosy.lint.finding import At


class Placed:
    """Something that a file declares under its name, as ``value``."""

    value: Value

    @property
    def at(self) -> At:
        """Its name."""
        return self.key_at(self.value)

    def key_at(self, value: Value) -> At:
        """The key that a value stands under; the value itself in a list."""
        span = value.key or value.span
        return At(value.place.file, span.start, span.end)

    def value_at(self, value: Value) -> At:
        """A value."""
        return At(value.place.file, value.span.start, value.span.end)
