"""What is asked of the linter: which rules, how severe, with which facts. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from argosy.lint.finding import Severity
from argosy.lint.project.facts import Facts, Thresholds
from argosy.lint.rule import Rule, named, rules


@dataclass(frozen=True)
class Settings:
    """``select`` and ``ignore`` name rules by code, start of a code, or slug; all are selected.

    ``severities`` are by code. ``per_path`` leaves rules out below paths, by pattern.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    per_path: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    facts: Facts = field(default_factory=Facts)
    thresholds: Thresholds = field(default_factory=Thresholds)
    failure_threshold: Severity | None = "warning"
    ignores_need_reason: bool = False
    ignores_allowed: bool = True
    ignores_report_unused: bool = False

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Those that are selected and not ignored. Raises UsageError for a name of no rule."""
        wanted = {rule.code for one in self.select for rule in named(one)}
        unwanted = {rule.code for one in self.ignore for rule in named(one)}
        return tuple(
            rule
            for rule in rules()
            if (not self.select or rule.code in wanted) and rule.code not in unwanted
        )
