"""A rollout as one page of HTML that needs nothing else. Pure: data in, text out.

Nothing is loaded from anywhere and no script runs, so the page can be kept, mailed and attached.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from argosy.rollout import chart
from argosy.rollout.agreement import Agreement
from argosy.rollout.comparison import Comparison, Estimate
from argosy.rollout.evidence import shown
from argosy.rollout.gate import Decision, Point
from argosy.rollout.guards import Finding
from argosy.rollout.markup import Markup, element, joined, style
from argosy.rollout.noise import Noise

FLIPS = 100  # rows shown
LONGEST = 400  # characters of an answer
LONG_NUMBER = re.compile(r"(?<![\w.])-?[0-9]+\.[0-9]{5,}(?:e[-+]?[0-9]+)?(?![\w.])")

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
SHEET = """
:root { color-scheme: light dark; --text: #1b1f24; --faint: #57606a; --page: #ffffff;
  --panel: #f3f5f7; --line: #d0d7de; --e: #0b57b0; --f: #b3261e; --good: #1a6b34; --ask: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ec; --faint: #a3adb7; --page: #14181c;
  --panel: #1e242a; --line: #3a434c; --e: #7ab7ff; --f: #ff9a91; --good: #7bd88f;
  --ask: #f0b849; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page);
  max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
.faint { color: var(--faint); } .when { margin: .1rem 0 1rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .8rem;
  margin: 1rem 0 0; }
.figures div { background: var(--panel); padding: .6rem .9rem; }
.figures dt { color: var(--faint); font-size: .85rem; }
.figures dd { margin: 0; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
.verdict { border-left: .4rem solid var(--ask); background: var(--panel); padding: .8rem 1rem; }
.verdict strong { display: block; font-size: 1.2rem; }
.promote, .promoted { border-color: var(--good); }
.roll-back, .rolled-back { border-color: var(--f); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--faint); padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0;
  min-width: 4rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { overflow-wrap: normal; font-weight: 600; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; min-width: 0;
  overflow-wrap: normal; }
svg { width: 100%; min-width: 34rem; height: auto; }
svg text { font-size: 13px; fill: var(--faint); }
.start { text-anchor: start; } .middle { text-anchor: middle; } .end { text-anchor: end; }
.grid { stroke: var(--line); } .bound { stroke: var(--text); stroke-dasharray: 2 4; }
svg .bound-label { fill: var(--text); font-weight: bold; }
.e, .f { fill: none; stroke-width: 2.5; } .e { stroke: var(--e); }
.f { stroke: var(--f); stroke-dasharray: 8 4; } .dot { fill: var(--e); }
.old { stroke: var(--faint); stroke-width: 2.5; } .old-dot { fill: var(--faint); }
.share { fill: var(--e); fill-opacity: .15; stroke: var(--e); stroke-width: 2; }
svg .value { fill: var(--text); font-variant-numeric: tabular-nums; }
svg .e-label { fill: var(--e); font-weight: bold; }
svg .f-label { fill: var(--f); font-weight: bold; }
@media (max-width: 44rem) { .stacks thead { display: none; }
  .stacks tr { display: block; border-bottom: 1px solid var(--line); padding: .5rem 0; }
  .stacks td, .stacks td.number { display: block; border: 0; padding: .1rem 0; text-align: left; }
  .stacks td::before { content: attr(data-heading) ": "; color: var(--faint); } }
"""


@dataclass(frozen=True)
class Step:
    """A share of the traffic, in percent, for a time; ``ended`` is None while it lasts."""

    weight: float
    started: datetime
    ended: datetime | None
    note: str = ""


@dataclass(frozen=True)
class Flip:
    """An item on which the revisions differ: what was expected, what they said, what it scored."""

    item: str
    expected: str
    before: str
    after: str
    before_score: float
    after_score: float


@dataclass(frozen=True)
class Copies:
    """What copied requests have shown. ``lost`` were not compared as there were too many, or as one
    answer did not come; ``left_out`` have answers that say nothing of each other, by the reason.
    ``pairs`` is the name of the file that has those that differ.
    """

    agreement: Agreement
    margin: float
    lost: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    pairs: str = ""


@dataclass(frozen=True)
class Report:
    """All that the page shows; what is empty or None is left out.

    ``old`` and ``new`` are revisions as people write them (``r3``), ``verdict`` and ``reason`` are
    those of the whole rollout, ``facts`` are names and values to keep: digests, versions.
    """

    model: str
    old: str
    new: str
    verdict: str
    reason: str
    decision: Decision | None = None
    course: tuple[Point, ...] = ()
    steps: tuple[Step, ...] = ()
    guards: tuple[Finding, ...] = ()
    copies: Copies | None = None
    noise: Noise | None = None
    flips: tuple[Flip, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


def page(report: Report) -> str:
    """The page."""
    title = f"{report.model}: {report.old} → {report.new}"
    body = joined(
        element("h1", title),
        _when(report.steps),
        _verdict(report),
        _figures(report),
        _steps(report.steps),
        _decision(report, report.decision) if report.decision else Markup(),
        _guards(report.guards),
        _copies(report.copies) if report.copies else Markup(),
        _noise(report.noise) if report.noise else Markup(),
        _flips(report.flips),
        _facts(report),
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{title}, {report.verdict}"),
        style(SHEET),
    )
    document = element("html", head, element("body", element("main", body)), lang="en")
    return f"<!doctype html>\n{document}\n"


def _verdict(report: Report) -> Markup:
    classes = f"verdict {report.verdict.replace(' ', '-')}"
    return element("p", element("strong", report.verdict), report.reason, class_=classes)


def _when(steps: Sequence[Step]) -> Markup:
    """When it began."""
    if not steps:
        return Markup()
    return element("p", f"A rollout that began on {_time(steps[0].started)}.", class_="faint when")


def _figures(report: Report) -> Markup:
    """What one wants to know first."""
    found: list[tuple[str, str]] = []
    if decision := report.decision:
        whole = decision.whole
        found += [
            (f"accuracy of {report.old}, old", _percent(whole.before.value)),
            (f"accuracy of {report.new}, new", _percent(whole.after.value)),
            ("items asked", f"{decision.seen} of {decision.total}"),
            ("lost / gained", f"{whole.lost} / {whole.gained}"),
        ]
    if report.steps and (ended := report.steps[-1].ended):
        found.append(("took", _duration(report.steps[0].started, ended)))
    tiles = (element("div", element("dt", name), element("dd", value)) for name, value in found)
    return element("dl", *tiles, class_="figures") if found else Markup()


def _steps(steps: Sequence[Step]) -> Markup:
    rows = [
        (_percent(step.weight / 100), _time(step.started), _lasted(step), step.note)
        for step in steps
    ]
    return _section(
        "Steps",
        _shares(steps) if len(steps) > 1 else Markup(),
        _table(("#share", "from", "for", ""), rows),
        given=bool(rows),
    )


def _shares(steps: Sequence[Step]) -> Markup:
    told = ", then ".join(f"{one.weight:g} % of the traffic" for one in steps)
    shares = [(one.started, one.weight) for one in steps]
    return _scrolled(chart.shares(shares, steps[-1].ended or steps[-1].started, told))


def _decision(report: Report, decision: Decision) -> Markup:
    gate, whole = decision.gate, decision.whole
    is_shown = gate.kind == "confidence"
    told = (
        f"E speaks for {report.new}, F against it; {gate.enough:g} is enough"
        f"{', of E by the e-process alone' if gate.test == 'one-look' else ''}. After"
        f" {decision.seen} of {decision.total} items E is {shown(whole.e)} and F is"
        f" {shown(whole.f)}."
    )
    accuracies = ((f"{report.old}, old", whole.before), (f"{report.new}, new", whole.after))
    numbers = "; ".join(f"{name}: {_estimate(estimate)}" for name, estimate in accuracies)
    return joined(
        _section(
            "Evidence",
            element("p", told),
            _scrolled(chart.evidence(report.course, gate.enough, told)),
            given=bool(report.course) and is_shown,
        ),
        _section(
            "Accuracy",
            _scrolled(chart.estimates(accuracies, numbers)),
            _comparisons(report, decision),
        ),
    )


def _comparisons(report: Report, decision: Decision) -> Markup:
    gate = decision.gate
    names = {tag: f"{tag} (gates)" if tag in gate.slices else tag for tag in decision.slices}
    parts = [("all", decision.whole)]
    parts += [(names[tag], found) for tag, found in decision.slices.items()]
    headings = (
        "items", "#alike", "#gained", "#lost", f"#{report.old}", f"#{report.new}", "#difference",
        "#E", "#F", "#z", "#p", "#McNemar's p",
    )  # fmt: skip
    table = _table(headings, [_comparison(name, found) for name, found in parts])
    asked = (
        f"Gate point, margin {gate.margin:g}: the difference on these items decides, and says"
        " nothing of others."
        if gate.kind == "point"
        else f"Margin {gate.margin:g}, confidence {gate.confidence:g}, test {gate.test}."
    )
    note = (
        f"Gained are items on which {report.new} alone is right, or better; lost are those on which"
        f" {report.old} is. In brackets are intervals of {gate.confidence:.4g} confidence. {asked}"
        " z and p are those of Tango's test. McNemar's p is shown and decides nothing."
    )
    return joined(element("p", note, class_="faint"), table)


def _comparison(name: str, found: Comparison) -> tuple[str, ...]:
    tests = ("–" if value is None else _signed(value) for value in (found.z, found.p))
    return (
        name,
        *(str(count) for count in (found.ties, found.gained, found.lost)),
        *(_estimate(estimate) for estimate in (found.before, found.after, found.difference)),
        shown(found.e),
        shown(found.f),
        *tests,
        f"{found.mcnemar_p:.3g}",
    )


def _guards(guards: Sequence[Finding]) -> Markup:
    rows = [(found.guard.replace("_", " "), found.state, found.sentence) for found in guards]
    return _section("Guards", _table(("guard", "state", "found"), rows), given=bool(rows))


def _copies(copies: Copies) -> Markup:
    found = copies.agreement
    seen = found.agreeing + found.differing
    rows = [
        ("copies compared", f"{seen} of at most {found.total}"),
        ("answers alike", f"{found.agreeing}: {_estimate(found.rate)}"),
        ("answers that differ", str(found.differing)),
        ("share that differs, at most", _percent(found.differing_at_most)),
        ("to be below", f"{_percent(copies.margin)}, the margin"),
        ("lost to the comparison", str(copies.lost)),
        *((f"left out, because {reason}", str(count)) for reason, count in copies.left_out.items()),
    ]
    rows += [("pairs that differ", copies.pairs)] if copies.pairs else []
    return _section("Shadow traffic", element("p", found.reason), _table(("what", "found"), rows))


def _noise(found: Noise) -> Markup:
    kind = {"class_": "verdict"} if found.hides_margin else {}
    return _section("Noise floor", element("p", found.sentence, **kind))


def _flips(flips: Sequence[Flip]) -> Markup:
    """Those that the new revision loses come first."""
    ordered = sorted(flips, key=lambda flip: flip.after_score - flip.before_score)
    rows = [
        (
            flip.item,
            *map(_short, (flip.expected, flip.before, flip.after)),
            f"{flip.before_score:.3g} → {flip.after_score:.3g}",
        )
        for flip in ordered[:FLIPS]
    ]
    more = len(flips) - len(rows)
    lost = sum(flip.after_score < flip.before_score for flip in flips)
    told = (
        f"{lost} lost, {len(flips) - lost} gained. Long numbers are rounded and long answers cut;"
        " in full they are in the file beside this page."
    )
    return _section(
        "Items that differ",
        element("p", told, class_="faint"),
        _table(("item", "expected", "old", "new", "#score"), rows, kind="stacks"),
        element("p", f"And {more} more.") if more else Markup(),
        given=bool(rows),
    )


def _facts(report: Report) -> Markup:
    decided = report.decision
    own = [("seed", str(decided.seed)), ("pairs", decided.digest)] if decided else []
    title = "To replay it" if decided else "The revisions"
    rows = [*own, *report.facts]
    return _section(title, _table(("what", "value"), rows), given=bool(rows))


def _section(title: str, *children: Markup, given: bool = True) -> Markup:
    return element("section", element("h2", title), *children) if given else Markup()


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> Markup:
    """Columns whose heading begins with # are numbers.

    Of the kind ``stacks`` a narrow page has the cells of a row below each other.
    """
    columns: list[dict[str, object]] = [
        {"class_": "number"} if heading.startswith("#") else {} for heading in headings
    ]
    head = [
        element("th", heading.removeprefix("#"), scope="col", **column)
        for heading, column in zip(headings, columns, strict=True)
    ]
    body = [
        element(
            "tr",
            *(
                element("td", cell, **column, data_heading=heading.removeprefix("#"))
                for cell, column, heading in zip(row, columns, headings, strict=True)
            ),
        )
        for row in rows
    ]
    named: dict[str, object] = {"class_": kind} if kind else {}
    return _scrolled(
        element("table", element("thead", element("tr", *head)), element("tbody", *body), **named)
    )


def _scrolled(wide: Markup) -> Markup:
    """What a narrow page moves sideways, rather than make it too small to read."""
    return element("div", wide, class_="scroll")


def _estimate(estimate: Estimate) -> str:
    """The value and its interval, which a line may end between and not within."""
    low, high = (_signed(100 * bound) for bound in (estimate.low, estimate.high))
    return f"{_percent(estimate.value)} ({low}\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}{high})"


def _percent(share: float) -> str:
    return f"{_signed(100 * share)}\N{NO-BREAK SPACE}%"


def _signed(value: float) -> str:
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")


def _short(text: str) -> str:
    text = LONG_NUMBER.sub(lambda found: f"{float(found[0]):.4g}", text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _lasted(step: Step) -> str:
    if step.ended is None:
        return "until now"
    return "–" if step.ended == step.started else _duration(step.started, step.ended)


def _duration(started: datetime, ended: datetime) -> str:
    seconds = round((ended - started).total_seconds())
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
