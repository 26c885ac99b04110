from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from argosy.rollout import agreement, noise
from argosy.rollout.comparison import Pair
from argosy.rollout.gate import Gate, course, decide
from argosy.rollout.guards import Finding
from argosy.rollout.report import FLIPS, LONGEST, Copies, Flip, Report, Step, page
from tests.rollout.pairs import SEED, pairs

if TYPE_CHECKING:
    from playwright.sync_api import Browser

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
GATE = Gate(margin=0.05, slices=("de",))
PAIRS = pairs(479, 9, 12, ("de",))
DECISION = decide(GATE, PAIRS, 500, SEED)
REPORT = Report(
    model="sentiment",
    old="r1",
    new="r2",
    verdict=DECISION.verdict,
    reason=DECISION.reason,
    decision=DECISION,
    course=course(GATE, PAIRS),
    steps=(
        Step(0, START, START + timedelta(seconds=42), "golden items"),
        Step(10, START + timedelta(seconds=42), None),
    ),
    guards=(Finding("latency_p95", "ok", "p95 of latency is 96 ms, at most 144 ms is allowed."),),
    copies=Copies(
        agreement.judge(496, 4, 900, 0.05, 0.95, "e-process"),
        0.05,
        3,
        {"they are streams": 2},
        "m.shadow.jsonl",
    ),
    noise=noise.measure(500, 5, 0.05, 0.95, "e-process"),
    flips=(Flip("item-3", "positive", "positive", "negative", 1, 0),),
    facts=(("weights of r2", "sha256:abc"),),
)


def parsed(report: Report) -> ET.Element:
    return ET.fromstring(page(report).removeprefix("<!doctype html>\n"))


def text(report: Report) -> str:
    return " ".join(" ".join(parsed(report).itertext()).split())


def test_a_page_tells_the_whole_rollout() -> None:
    shown = text(REPORT)
    for part in (
        "sentiment: r1 → r2",
        "promote Not worse by 0.05 or more, in slice de too: E = ",
        "0 % 2026-03-01 12:00:00 UTC 42 s golden items",
        "until now",
        "de (gates)",
        "latency p95 ok p95 of latency is 96 ms",
        "Not worse by 0.05 or more: answers differ for at most 2.45 % after 500 of 900",
        "copies compared 500 of at most 900 answers alike 496: 99.2 % (98 to 99.7)",
        "answers that differ 4",
        "share that differs, at most 2.45 % to be below 5 %, the margin",
        "lost to the comparison 3 left out, because they are streams 2",
        "pairs that differ m.shadow.jsonl",
        "The revision differs from itself on 1 % of 500 items",
        "item-3 positive positive negative 1 → 0",
        "weights of r2 sha256:abc",
        DECISION.digest,
    ):
        assert part in shown


def test_what_is_not_known_is_left_out() -> None:
    shown = text(Report("sentiment", "r1", "r2", "continue", "Not decided."))
    assert "Not decided." in shown
    for heading in ("Steps", "Evidence", "Guards", "Shadow", "Noise", "Items that differ"):
        assert heading not in shown


@pytest.mark.parametrize("dangerous", ["<script>alert(1)</script>", '"><img src=x>', "a & b"])
def test_whatever_a_model_says_stays_text(dangerous: str) -> None:
    tagged = tuple(replace(pair, tags=(dangerous,)) for pair in PAIRS)
    report = replace(
        REPORT,
        model=dangerous,
        reason=dangerous,
        decision=decide(Gate(0.05), tagged, 500, SEED),
        flips=(Flip(dangerous, dangerous, dangerous, dangerous, 0, 1),),
        facts=((dangerous, dangerous),),
    )
    assert dangerous in " ".join(parsed(report).itertext())
    assert not [found for found in parsed(report).iter() if found.tag in {"script", "img"}]


def test_the_page_needs_nothing_from_elsewhere() -> None:
    written = page(REPORT)
    for outside in ("http:", "https:", "src=", "url(", "@import", "<link", "<script"):
        assert outside not in written
    assert "default-src &#x27;none&#x27;" in written


def test_it_is_light_or_dark_as_the_reader_prefers() -> None:
    assert "prefers-color-scheme: dark" in page(REPORT)


def test_lost_items_come_first_and_long_lists_and_answers_are_cut() -> None:
    gained = tuple(Flip(f"gained-{n}", "a", "b", "a", 0, 1) for n in range(FLIPS))
    lost = Flip("lost", "a", "a", "x" * (LONGEST + 100), 1, 0)
    shown = text(replace(REPORT, flips=(*gained, lost)))
    assert shown.index("lost a a") < shown.index("gained-0")
    assert "And 1 more." in shown
    assert "x" * LONGEST + "…" in shown
    assert "x" * (LONGEST + 1) not in shown


def test_every_chart_is_described_in_words() -> None:
    charts = list(parsed(REPORT).iter("svg"))
    assert len(charts) == 3
    assert all((found.findtext("desc") or "").strip() for found in charts)


def test_what_is_looked_at_first_stands_first() -> None:
    ended = (Step(0, START, START + timedelta(seconds=150)),)
    shown = text(replace(REPORT, steps=ended))
    assert "A rollout that began on 2026-03-01 12:00:00 UTC. promote Not worse by 0.05" in shown
    assert "accuracy of r1, old 89.7 % accuracy of r2, new 89.3 %" in shown
    assert "items asked 214 of 500 lost / gained 5 / 4 took 2 min 30 s Steps" in shown


def test_one_share_is_no_course_to_draw() -> None:
    alone = (Step(0, START, START),)
    assert len(list(parsed(replace(REPORT, steps=alone)).iter("svg"))) == 2
    assert "0 % 2026-03-01 12:00:00 UTC –" in text(replace(REPORT, steps=alone))


def test_long_numbers_are_rounded_and_other_digits_are_not() -> None:
    said = '{"p": [0.0002406567, -6.97197512e-05, 12.5], "id": "v1.2345678.9", "n": 1234567}'
    shown = text(replace(REPORT, flips=(Flip("a", said, "", "", 1, 0),)))
    assert '[0.0002407, -6.972e-05, 12.5], "id": "v1.2345678.9", "n": 1234567}' in shown


def test_a_decision_of_graded_scores_has_no_z() -> None:
    graded = [Pair(str(number), 0.5, 0.75) for number in range(50)]
    shown = text(replace(REPORT, decision=decide(Gate(0.05), graded, 500, SEED)))
    assert " – – " in shown


def test_on_a_narrow_page_answers_can_be_read_and_nothing_is_wider(browser: Browser) -> None:
    flips = tuple(Flip(f"item-{one}", "a b " * 20, "x" * 200, "y/" * 99, 1, 0) for one in range(3))
    tab = browser.new_page(viewport={"width": 390, "height": 800})
    tab.set_content(page(replace(REPORT, flips=flips)))
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    answer = tab.locator(".stacks td").nth(2).bounding_box()
    chart = tab.locator("svg").first.bounding_box()
    assert answer
    assert answer["width"] > 300
    assert chart
    assert chart["width"] > 390  # it is moved sideways


def test_a_gate_that_only_observes_shows_no_evidence() -> None:
    gate = Gate(margin=0.05, kind="point")
    decision = decide(gate, PAIRS, 500, SEED)
    shown = text(replace(REPORT, decision=decision, course=course(gate, PAIRS)))
    assert "Gate point, margin 0.05: the difference on these items decides" in shown
    assert "Evidence" not in shown
