"""For people: each finding with its line, what is wrong in it underlined, and the next step."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from argosy.compose_files.secrets import masked
from argosy.lint.finding import SEVERITIES, Severity
from argosy.lint.presentation import Presentation
from argosy.lint.run import Report, Reported

WIDEST = 120
TAB = 4
_BOLD, _DIM = "1", "2"
_COLOURS: dict[Severity, str] = {"error": "31", "warning": "33", "info": "36"}


def render(report: Report, presentation: Presentation) -> str:
    """Findings in the order of files, then a summary."""
    parts = [_problem(str(one), presentation) for one in report.problems]
    parts += [_problem(str(one), presentation, "fault") for one in report.faults]
    parts += [show(one, presentation) for one in report.found]
    if presentation.show_silenced:
        parts += [_silenced(one, presentation) for one in report.silenced]
    parts += [_problem(str(one), presentation, "note", "info") for one in report.notes]
    return "\n".join([*parts, summary(report, presentation)]) + "\n"


def show(one: Reported, presentation: Presentation) -> str:
    """One finding: its head, its line underlined, its next step; an empty line follows."""
    paint = _Paint(presentation)
    place = f"{presentation.near(one.file)}:{one.line}:{one.column}"
    level = paint(one.severity, _COLOURS[one.severity])
    head = f"{paint(place, _BOLD)}  {level} {one.rule.code} {one.rule.slug}  {one.finding.what}"
    lines = [head, *_excerpt(one, paint)]
    if one.finding.next_step:
        lines.append(f"  → {one.finding.next_step}")
    return "\n".join(lines) + "\n"


def summary(report: Report, presentation: Presentation) -> str:
    """How much was found in how many files, and what can be done about it, in one line."""
    paint = _Paint(presentation)
    found = [
        paint(_many(report.count(level), level), _COLOURS[level])
        for level in SEVERITIES
        if report.count(level)
    ]
    looked = _many(len(report.project.sources), "file")
    parts = [f"{', '.join(found)} in {looked}." if found else f"Nothing found in {looked}."]
    if report.problems:
        unread = len({one.file for one in report.problems})
        parts.append(f"{_many(unread, 'file')} could not be read.")
    if report.faults:
        parts.append(f"{_many(len(report.faults), 'rule')} broke.")
    safe, unsafe = (
        sum(one.rule.fix == kind and bool(one.finding.fix) for one in report.found)
        for kind in ("safe", "unsafe")
    )
    if safe:
        parts.append(f"--fix mends {safe}.")
    if unsafe:
        parts.append(f"--unsafe-fixes mends {unsafe}{' more' if safe else ''}.")
    if report.silenced:
        parts.append(f"Silenced by comments: {len(report.silenced)}.")
    return " ".join(parts)


class _Paint:
    def __init__(self, presentation: Presentation) -> None:
        self._on = presentation.colour

    def __call__(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._on else text


def _problem(
    text: str,
    presentation: Presentation,
    kind: str = "cannot be read",
    severity: Severity = "error",
) -> str:
    return f"{_Paint(presentation)(kind, _COLOURS[severity])}  {text}\n"


def _silenced(one: Reported, presentation: Presentation) -> str:
    place = f"{presentation.near(one.file)}:{one.line}:{one.column}"
    why = one.reason or "no reason given"
    text = f"{place}  silenced {one.rule.code} {one.rule.slug}  {one.finding.what} ({why})"
    return _Paint(presentation)(text, _DIM) + "\n"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 or noun == "info" else f"{count} {noun}s"


def _excerpt(one: Reported, paint: _Paint) -> Iterator[str]:
    """The line with its number, and below it carets under the piece that is meant."""
    text = masked(one.source.line(one.line))
    start = min(one.column - 1, len(text))
    end = one.end_column - 1 if one.end_line == one.line else len(text)
    end = max(len(text[:end].rstrip()) if one.end_line > one.line else min(end, len(text)), start)
    left = max(start - WIDEST // 2, 0) if len(text) > WIDEST else 0
    cut = text[left : left + WIDEST]
    before = _plain("…" if left else "", cut[: start - left])
    meant = _plain("", cut[start - left : end - left], _width(before))
    after = _plain("", cut[end - left :], _width(before + meant))
    if one.finding.secret:
        meant = re.sub(r"(?<=[=:])(\s*)(\S.*)", lambda found: found[1] + "•" * len(found[2]), meant)
    number = f"{one.line:>5} | "
    more = "…" if left + WIDEST < len(text) else ""
    yield (paint(number, _DIM) + before + meant + after + more).rstrip()
    last = one.end_line - (one.end_column == 1)
    carets = "^" * max(_width(meant), 1) + (f" … to line {last}" if last > one.line else "")
    margin = paint(f"{'|':>{len(number) - 1}} ", _DIM)
    yield margin + " " * _width(before) + paint(carets, _COLOURS[one.severity])


def _plain(begin: str, text: str, column: int = 0) -> str:
    """The text as a terminal may have it: tabs as spaces, signs that do something replaced."""
    if text.isprintable():
        return begin + text
    shown = begin
    for sign in text:
        if sign == "\t":
            shown += " " * (TAB - (column + _width(shown)) % TAB)
        else:
            shown += sign if sign.isprintable() else "�"
    return shown


def _width(text: str) -> int:
    """How many columns of a terminal a text takes (Unicode annex 11)."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )
