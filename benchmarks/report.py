"""What is printed: every measured value beside the limit it is held to."""

from __future__ import annotations

from collections.abc import Iterable  # noqa: TC003
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from benchmarks.load import Comparison  # noqa: TC001


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
    """Print one part's table."""
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("measure")
    for heading in ("Argosy", "peer", "measured", "limit"):
        table.add_column(heading, justify="right")
    table.add_column("holds", justify="center")
    for line in lines:
        mark = ("yes" if line.holds else "[bold red]NO[/]") if line.limit else ""
        table.add_row(
            line.what, line.argosy, line.peer, f"{line.value:.2f}{line.unit}", line.limit, mark
        )
    Console().print(table)


def throughput(found: Comparison, at_least: float | None = None) -> Line:
    """Requests per second, as a multiple of the peer's."""
    what = f"requests/s at {_connections(found)}"
    return Line(what, found.throughput, "×", at_least, None, str(found.argosy), str(found.peer))


def p50(found: Comparison, at_most: float | None = None) -> Line:
    """The median latency, as a multiple of the peer's."""
    what = f"p50 at {_connections(found)}"
    ours, theirs = f"{found.argosy.p50:.2f} ms", f"{found.peer.p50:.2f} ms"
    return Line(what, found.p50, "×", None, at_most, ours, theirs)


def _connections(found: Comparison) -> str:
    return "1 connection" if found.connections == 1 else f"{found.connections} connections"
