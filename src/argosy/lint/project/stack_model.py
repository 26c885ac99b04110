"""A model of a stack file, in the words of what rules ask of it. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from argosy.compose_files.amounts import whole
from argosy.compose_files.tree import Value
from argosy.lint.project.package import Package, Requirements
from argosy.lint.project.placed import Placed
from argosy.lint.project.program import Program


@dataclass(frozen=True)
class StackModel(Placed):
    """One model. ``folder`` is that of its code; None without one, or where it is not there."""

    name: str
    value: Value
    root: Value
    folder: Path | None = None
    programs: tuple[Program, ...] = ()
    requirements: tuple[Requirements, ...] = ()

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
        return whole(self.text("resources", "gpus")) or 0
