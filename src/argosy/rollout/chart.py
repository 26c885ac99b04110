"""Charts of a report, as SVG whose colours are those of the page's classes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from argosy.rollout.comparison import Estimate
from argosy.rollout.gate import Point
from argosy.rollout.markup import Markup, element

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 44, 16, 40  # room for what is written at the axes
LOWEST, HIGHEST = -3, 6  # decades that are drawn at most

ROW = 40
ROOM = 160  # for the name of a row


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
        *(_decade(10.0**decade, y(10.0**decade)) for decade in range(bottom, top + 1)),
        *(_items(items, x(items)) for items in sorted({0, last // 2, last})),
        element(
            "line", x1=LEFT, x2=WIDTH - RIGHT, y1=_n(y(enough)), y2=_n(y(enough)), class_="bound"
        ),
        _text(f"{enough:g}", LEFT - 8, y(enough) + 4, "end bound-label"),
        _curve([(x(point.items), y(point.f)) for point in points], "f", "F"),
        _curve([(x(point.items), y(point.e)) for point in points], "e", "E"),
    )


def estimates(rows: Sequence[tuple[str, Estimate]], describes: str) -> Markup:
    """Values in [0, 1] with their intervals, one below the other, on one scale."""
    low = math.floor(20 * min(estimate.low for _, estimate in rows)) / 20
    high = max(low + 0.05, math.ceil(20 * max(estimate.high for _, estimate in rows)) / 20)

    def x(value: float) -> float:
        return ROOM + (WIDTH - ROOM - RIGHT) * (value - low) / (high - low)

    bottom = ROW * len(rows)
    drawn = []
    for number, (name, estimate) in enumerate(rows):
        y = ROW * (number + 0.5)
        drawn += [
            _text(name, 0, y + 4, "start"),
            element(
                "line", x1=_n(x(estimate.low)), x2=_n(x(estimate.high)), y1=y, y2=y, class_="e"
            ),
            element("circle", cx=_n(x(estimate.value)), cy=y, r=5, class_="dot"),
        ]
    for value in (low, (low + high) / 2, high):
        at = _n(x(value))
        drawn += [
            element("line", x1=at, x2=at, y1=0, y2=bottom, class_="grid"),
            _text(f"{100 * value:.3g} %", x(value), bottom + 18, "middle"),
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


def _decade(value: float, y: float) -> Markup:
    return element(
        "g",
        element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=_n(y), y2=_n(y), class_="grid"),
        _text(f"{value:,g}", LEFT - 8, y + 4, "end"),
    )


def _items(items: int, x: float) -> Markup:
    return _text(f"{items} items" if items else "0", x, HEIGHT - BOTTOM + 22, "middle")


def _curve(places: Sequence[tuple[float, float]], kind: str, name: str) -> Markup:
    if not places:
        return Markup()
    drawn = " ".join(f"{_n(x)},{_n(y)}" for x, y in places)
    end, height = places[-1]
    return element(
        "g",
        element("polyline", points=drawn, class_=kind),
        _text(name, end + 8, height + 4, f"start {kind}-label"),
    )


def _text(text: str, x: float, y: float, classes: str) -> Markup:
    return element("text", text, x=_n(x), y=_n(y), class_=classes)


def _n(value: float) -> str:
    return f"{value:.1f}"
