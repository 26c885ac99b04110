from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

from argosy.rollout import chart
from argosy.rollout.comparison import Estimate
from argosy.rollout.gate import Gate, Point, course
from tests.rollout.pairs import pairs


def places(svg: str, kind: str) -> list[tuple[float, float]]:
    (line,) = [found for found in ET.fromstring(svg).iter("polyline") if found.get("class") == kind]
    pairs = (place.split(",") for place in line.attrib["points"].split())
    return [(float(x), float(y)) for x, y in pairs]


def test_evidence_for_rises_over_the_bound_and_evidence_against_falls() -> None:
    gate = Gate(margin=0.02)
    svg = chart.evidence(course(gate, pairs(300, 0, 0)), gate.enough, "E is 61")
    (bound,) = [
        float(found.attrib["y1"])
        for found in ET.fromstring(svg).iter("line")
        if found.get("class") == "bound"
    ]
    e, f = places(svg, "e"), places(svg, "f")
    assert e[0][1] > bound > e[-1][1]  # y grows downwards
    assert f[-1][1] > f[0][1]
    assert e[0][0] < e[-1][0]


def test_it_says_in_words_what_it_shows() -> None:
    svg = chart.evidence((Point(0, 1, 1),), 20, "E is 1 < 20")
    parsed = ET.fromstring(svg)
    assert parsed.get("role") == "img"
    assert [found.text for found in parsed if found.tag in {"title", "desc"}] == [
        "The evidence over the items",
        "E is 1 < 20",
    ]
    labelled = (parsed.get("aria-labelledby") or "").split()
    assert all(f'id="{name}"' in svg for name in labelled)


def test_the_largest_and_smallest_values_stay_inside() -> None:
    most = sys.float_info.max
    svg = chart.evidence((Point(0, 1, 1), Point(100_000, most, 0.0)), 20, "")
    for _, y in (*places(svg, "e"), *places(svg, "f")):
        assert chart.TOP <= y <= chart.HEIGHT - chart.BOTTOM


def test_nothing_drawn_is_no_error() -> None:
    assert "polyline" not in chart.evidence((), 20, "")


def test_estimates_lie_on_one_scale() -> None:
    rows = [("r1", Estimate(0.884, 0.853, 0.909)), ("r2", Estimate(0.878, 0.846, 0.904))]
    svg = chart.estimates(rows, "")
    old, new = (float(x) for x in re.findall(r'cx="([\d.]+)"', svg))
    assert chart.ROOM < new < old < chart.WIDTH
    assert chart.estimates([("r1", Estimate(0, 0, 0))], "")


def test_shares_rise_when_they_were_given_and_the_last_is_seen() -> None:
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    steps = [(start + timedelta(seconds=at), share) for at, share in ((0, 0), (50, 10), (100, 100))]
    svg = chart.shares(steps, steps[-1][0], "")
    drawn = places(svg, "share")
    assert len({height for _, height in drawn}) == 3
    assert drawn[-1][0] == chart.WIDTH - chart.RIGHT
    assert drawn[-1][0] - drawn[-3][0] > 40
    later = chart.shares(steps, start + timedelta(seconds=400), "")
    assert later.index("12:00:00") < later.index("12:01:40")


def test_the_new_revision_is_told_from_the_old_one() -> None:
    rows = [("r1", Estimate(0.884, 0.853, 0.909)), ("r2", Estimate(0.878, 0.846, 0.904))]
    svg = chart.estimates(rows, "")
    assert svg.index('class="old-dot"') < svg.index('class="dot"')
    assert "88.4 %" in svg
