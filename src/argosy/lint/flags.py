"""What the command line says on top of configuration files, which it goes before. Reads files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from argosy.lint.configuration_files import grouped
from argosy.lint.finding import Severity
from argosy.lint.project.facts import Facts, ServiceFacts
from argosy.lint.settings import Settings


@dataclass(frozen=True)
class Flags:
    """What is None or empty says nothing. Times are in seconds."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    failure_threshold: Severity | Literal["none"] | None = None
    driver: int | None = None
    compute_capability: float | None = None
    cold_start: float | None = None
    drain: float | None = None

    def over(self, settings: Settings) -> Settings:
        """The settings with these on top. What is selected here is used whatever a file ignores."""
        threshold = self.failure_threshold
        settings = replace(settings, facts=self._facts(settings.facts))
        if threshold is not None:
            settings = replace(
                settings, failure_threshold=None if threshold == "none" else threshold
            )
        if self.select:
            return replace(settings, select=self.select, ignore=self.ignore)
        return replace(settings, ignore=(*settings.ignore, *self.ignore))

    def _facts(self, known: Facts) -> Facts:
        everywhere = known.everywhere
        return replace(
            known,
            driver=self.driver or known.driver,
            compute_capability=self.compute_capability or known.compute_capability,
            everywhere=ServiceFacts(
                everywhere.cold_start if self.cold_start is None else self.cold_start,
                everywhere.drain if self.drain is None else self.drain,
                everywhere.memory_p99,
            ),
        )


@dataclass(frozen=True)
class Group:
    """Paths for which the same settings hold."""

    paths: tuple[Path, ...]
    settings: Settings


def groups(
    paths: Sequence[Path], flags: Flags, *, file: Path | None = None, search: bool = True
) -> tuple[Group, ...]:
    """The paths with their settings: from ``file``, or where to ``search`` from the nearest ones.

    Raises UsageError and LintConfigurationError as `configuration` does, and UsageError for a name
    of no rule.
    """
    is_given = file is not None or not search
    by_file: Iterable[tuple[Path | None, Sequence[Path]]]
    by_file = [(file, paths)] if is_given else grouped(paths).items()
    found = tuple(
        Group(tuple(those), flags.over(_read(one) if one else Settings())) for one, those in by_file
    )
    for group in found:
        _ = group.settings.rules  # a name of no rule is misuse before anything is read
    return found


def _read(file: Path) -> Settings:
    from argosy.lint.configuration import read

    return read(file)
