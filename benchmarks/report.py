"""What is printed: every measured value beside the limit it is held to."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace

from rich.console import Console
from rich.table import Table

from benchmarks.load import Comparison

FILE_COLUMNS = 250  # of a pipe or a file, which has no width: nothing is cut


@dataclass(frozen=True)
class Line:
    """One measured value. ``at_least`` and ``at_most`` are the limit, in the value's own unit."""

    what: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    argosy: str = ""
    peer: str = ""

    def named(self, what: str) -> Line:
        """The same under another name."""
        return replace(self, what=what)

    @property
    def holds(self) -> bool:
        """Whether the value keeps to its limit; a value without one always does."""
        above = self.at_least is None or self.value >= self.at_least
        return above and (self.at_most is None or self.value <= self.at_most)

    @property
    def limit(self) -> str:
        """As printed: ``≥ 4.5×``."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g}{self.unit}"
        return f"≤ {self.at_most:g}{self.unit}" if self.at_most is not None else ""


def show(title: str, lines: Iterable[Line]) -> None:
    """Print one part's table; the two sides are shown where there are two."""
    lines = list(lines)
    sides = any(line.peer for line in lines)
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("measure", no_wrap=True)
    for heading in (*(("Argosy", "peer") if sides else ()), "measured", "limit"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("holds", justify="center")
    for line in lines:
        mark = ("yes" if line.holds else "[bold red]NO[/]") if line.limit else ""
        compared_sides = (line.argosy, line.peer) if sides else ()
        table.add_row(line.what, *compared_sides, f"{line.value:.2f}{line.unit}", line.limit, mark)
    Console(width=None if sys.stdout.isatty() else FILE_COLUMNS).print(table)


def compared(
    found: Comparison, throughput: float | None = None, p50: float | None = None
) -> list[Line]:
    """A comparison, at so many connections, as lines.

    ``throughput`` is the least ratio that holds, ``p50`` the largest.
    """
    at = f"at {found.connections}"
    ours, theirs = found.argosy, found.peer
    return [
        Line(
            f"requests/s {at}", found.throughput, "×", throughput, None,
            f"{ours.requests_per_second:,.0f}", f"{theirs.requests_per_second:,.0f}",
        ),
        Line(f"p50 {at}", found.p50, "×", None, p50, f"{ours.p50:.2f} ms", f"{theirs.p50:.2f} ms"),
        Line(f"p99 {at}", found.p99, "×", None, None, f"{ours.p99:.2f} ms", f"{theirs.p99:.2f} ms"),
    ]  # fmt: skip
