"""Charts of a report, as SVG whose colours are those of the page's classes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from argosy.rollout.comparison import Estimate
from argosy.rollout.gate import Point
from argosy.rollout.markup import Markup, element

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 44, 16, 40  # room for what is written at the axes
LOWEST, HIGHEST = -3, 6  # decades that are drawn at most

ROW = 40
ROOM = 120  # for the name of a row
STEPS = 130  # the height of the shares


def evidence(points: Sequence[Point], enough: float, describes: str) -> Markup:
    """E and F over the items, on a logarithmic scale, with the bound that they have to reach."""
    most = max([enough * 3, *(max(point.e, point.f) for point in points)])
    least = min([0.1, *(min(point.e, point.f) for point in points)])
    top = min(HIGHEST, math.ceil(math.log10(most)))
    bottom = max(LOWEST, math.floor(math.log10(max(least, 10**LOWEST))))
    last = max(1, points[-1].items if points else 1)

    def x(items: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * items / last

    def y(value: float) -> float:
        decade = min(top, max(bottom, math.log10(value))) if value > 0 else bottom
        return TOP + (HEIGHT - TOP - BOTTOM) * (top - decade) / (top - bottom)

    return _svg(
        HEIGHT,
        "The evidence over the items",
        describes,
        *(_line_at(f"{10.0**decade:,g}", y(10.0**decade)) for decade in range(bottom, top + 1)),
        *(_items(items, x(items)) for items in sorted({0, last // 2, last})),
        element(
            "line", x1=LEFT, x2=WIDTH - RIGHT, y1=_n(y(enough)), y2=_n(y(enough)), class_="bound"
        ),
        _text(f"{enough:g}", LEFT - 8, y(enough) + 4, "end bound-label"),
        _curve([(x(point.items), y(point.f)) for point in points], "f", "F"),
        _curve([(x(point.items), y(point.e)) for point in points], "e", "E"),
    )


def shares(steps: Sequence[tuple[datetime, float]], until: datetime, describes: str) -> Markup:
    """Percent of the traffic over time, as stairs: each of the steps, one at least, began then."""
    began = [moment.timestamp() for moment, _ in steps]
    lasted = until.timestamp() - began[0]
    lasted = max(lasted, 1.08 * (began[-1] - began[0]), 0.001)  # so that the last is seen, too
    bottom = STEPS - BOTTOM

    def x(moment: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (moment - began[0]) / lasted

    def y(share: float) -> float:
        return TOP + (bottom - TOP) * (1 - share / 100)

    places = [(x(began[0]), y(0))]
    for moment, (_, share) in zip(began, steps, strict=True):
        places += [(x(moment), places[-1][1]), (x(moment), y(share))]
    places += [(x(began[0] + lasted), places[-1][1]), (x(began[0] + lasted), y(0))]
    return _svg(
        STEPS,
        "Share of the traffic",
        describes,
        *(_line_at(f"{share} %", y(share)) for share in (0, 50, 100)),
        element("polyline", points=_points(places), class_="share"),
        *(
            _text(f"{moment:%H:%M:%S}", x(moment.timestamp()), bottom + 22, place)
            for moment, place in ((steps[0][0], "start"), (steps[-1][0], "middle"))
        ),
    )


def estimates(rows: Sequence[tuple[str, Estimate]], describes: str) -> Markup:
    """Values in [0, 1] with their intervals, one below the other, on one scale; the last is new."""
    low = math.floor(20 * min(estimate.low for _, estimate in rows)) / 20
    high = max(low + 0.05, math.ceil(20 * max(estimate.high for _, estimate in rows)) / 20)

    def x(value: float) -> float:
        return ROOM + (WIDTH - ROOM - RIGHT) * (value - low) / (high - low)

    bottom = ROW * len(rows)
    drawn = []
    for value in (low, (low + high) / 2, high):
        at = _n(x(value))
        drawn += [
            element("line", x1=at, x2=at, y1=0, y2=bottom, class_="grid"),
            _text(f"{100 * value:.3g} %", x(value), bottom + 18, "middle"),
        ]
    for number, (name, estimate) in enumerate(rows):
        y, is_new = ROW * (number + 0.5), number == len(rows) - 1
        left, right = _n(x(estimate.low)), _n(x(estimate.high))
        dot = "dot" if is_new else "old-dot"
        drawn += [
            _text(name, 0, y + 4, "start"),
            element("line", x1=left, x2=right, y1=y, y2=y, class_="e" if is_new else "old"),
            element("circle", cx=_n(x(estimate.value)), cy=y, r=5, class_=dot),
            _text(f"{100 * estimate.value:.3g} %", x(estimate.value), y - 9, "middle value"),
        ]
    return _svg(bottom + 28, "Accuracy with its interval", describes, *drawn)


def _svg(height: float, title: str, describes: str, *children: Markup) -> Markup:
    name = title.lower().replace(" ", "-")
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", describes, id=f"{name}-desc"),
        *children,
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        viewBox=f"0 0 {WIDTH} {height:g}",
    )


def _line_at(name: str, y: float) -> Markup:
    return element(
        "g",
        element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=_n(y), y2=_n(y), class_="grid"),
        _text(name, LEFT - 8, y + 4, "end"),
    )


def _items(items: int, x: float) -> Markup:
    return _text(f"{items} items" if items else "0", x, HEIGHT - BOTTOM + 22, "middle")


def _curve(places: Sequence[tuple[float, float]], kind: str, name: str) -> Markup:
    if not places:
        return Markup()
    end, height = places[-1]
    return element(
        "g",
        element("polyline", points=_points(places), class_=kind),
        _text(name, end + 8, height + 4, f"start {kind}-label"),
    )


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in places)


def _text(text: str, x: float, y: float, classes: str) -> Markup:
    return element("text", text, x=_n(x), y=_n(y), class_=classes)


def _n(value: float) -> str:
    return f"{value:.1f}"
