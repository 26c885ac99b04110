"""A model of a stack file, in the words of what rules ask of it. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from argosy.compose_files.tree import Value
from argosy.lint.finding import At
from argosy.lint.project.package import Package, Requirements
from argosy.lint.project.program import Program


@dataclass(frozen=True)
class StackModel:
    """One model. ``folder`` is that of its code; None without one, or where it is not there."""

    name: str
    value: Value
    root: Value
    folder: Path | None = None
    programs: tuple[Program, ...] = ()
    requirements: tuple[Requirements, ...] = ()

    @property
    def at(self) -> At:
        """Its name."""
        return self.key_at(self.value)

    def key_at(self, value: Value) -> At:
        """The key that a value stands under."""
        span = value.key or value.span
        return At(value.place.file, span.start, span.end)

    def value_at(self, value: Value) -> At:
        """A value."""
        return At(value.place.file, value.span.start, value.span.end)

    def text(self, *path: str) -> str:
        """A scalar as it is written; empty where there is none."""
        found = self.value.below(path)
        return found.text if found is not None else ""

    @property
    def engine(self) -> str:
        """The engine; empty where it follows from the code."""
        return self.text("engine")

    @property
    def packages(self) -> tuple[Package, ...]:
        """All Python packages that it asks for."""
        return tuple(one for named in self.requirements for one in named.packages)

    @property
    def gpu_count(self) -> int:
        """How many GPUs each of its replicas gets."""
        devices = self.value.below(("resources", "gpu_devices"))
        if devices is not None and devices.items:
            return len(devices.items)
        text = self.text("resources", "gpus")
        return int(text) if text.isdigit() else 0
