"""How the report of `doctor` looks."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from argosy.doctor.result import Report, Result, Verdict

# A sign and a word, so that it is told without colours.
SIGNS: dict[Verdict, tuple[str, str]] = {
    "ok": ("✓", "green"),
    "note": ("·", "dim"),
    "warning": ("!", "yellow"),
    "failure": ("✗", "red"),
}


def report_table(report: Report) -> RenderableType:
    """A line for each result, by groups; below it why it matters and what mends it."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for group in report.groups:
        head = Text(group.name.upper(), style="bold")
        table.add_row(head, "", "" if group.needed else Text("not needed here", style="dim"))
        for result in group.results:
            table.add_row(_verdict(result), result.name, _story(result))
    return Group(table, Text(summary(report), style=SIGNS[report.verdict][1]))


def summary(report: Report) -> str:
    """All in one line."""
    found = [result.verdict for group in report.groups for result in group.results]
    failures, warnings = found.count("failure"), found.count("warning")
    what = "this stack" if report.stack else "this machine"
    if failures:
        return f"{failures} of {len(found)} failed for {what}; each says what mends it."
    if warnings:
        return f"Nothing failed for {what}; warnings: {warnings} of {len(found)}."
    return f"All is well for {what}: {len(found)} looked at."


def _verdict(result: Result) -> Text:
    sign, style = SIGNS[result.verdict]
    return Text(f"  {sign} {result.verdict}", style=style)


def _story(result: Result) -> Text:
    story = Text(result.found)
    if result.why:
        story.append(f"\n{result.why}", style="dim")
    if result.mend:
        story.append(f"\n→ {result.mend}")
    return story
