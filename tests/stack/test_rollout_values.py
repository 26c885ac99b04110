from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from argosy import scorers
from argosy.scorers import Choice
from argosy.stack.model import GuardLimit
from argosy.stack.rollout_values import Measure, show_limit
from argosy.stack.schema import json_schema
from tests.stack.conftest import Mistakes, Parse


@pytest.fixture(autouse=True)
def suite(folder: Path) -> None:
    """``desk/a.jsonl``."""
    (folder / "a.jsonl").write_text('{"input": 1, "expected": 1}\n')


def probe(scorer: str) -> str:
    return (
        f"models:\n  a:\n    code: code\n    probe:\n      suite: a.jsonl\n      scorer: {scorer}"
    )


def rollout(text: str) -> str:
    return f"models:\n  a:\n    code: code\n    rollout: {{{text}}}"


@pytest.mark.parametrize(
    ("written", "choice"),
    [
        ("contains", Choice("contains")),
        ("{numeric: {tolerance: 0.01}}", Choice("numeric", {"tolerance": 0.01})),
        ('{numeric: {tolerance: "${T}"}}', Choice("numeric", {"tolerance": 0.5})),
        ("checks:grade", Choice("function", {"call": "checks:grade"})),
        (
            '{"checks:grade": {strict: true}}',
            Choice("function", {"call": "checks:grade", "arguments": {"strict": True}}),
        ),
    ],
)
def test_a_scorer_is_read(stack: Parse, written: str, choice: Choice) -> None:
    found = stack(probe(written), T="0.5").model("a").probe
    assert found is not None
    assert found.scorer == choice


@pytest.mark.parametrize(
    ("written", "mistake"),
    [
        ("contain", ": no scorer is named `contain`. Did you mean contains?"),
        ("${S}", ": `${S}` is no scorer"),
        ("4", ": must be the name of a scorer. One of bleu, "),
        ("{numeric: 3}", ".numeric: its options are no mapping. Write it like `{numeric: {"),
        ("{numeric: {tolerence: 3}}", ".numeric.tolerence: the scorer numeric has no such option"),
        ("{numeric: {tolerance: -3}}", ".numeric.tolerance: must be at least 0"),
        ("{regex: {pattern: (}}", ".regex: is no regular expression: "),
        ("{embedding: {}}", ".embedding: needs the option `model`"),
        ("a b:c", ": names no function; write it like `checks:grade`"),
    ],
)
def test_a_wrong_scorer_is_explained_at_its_place(
    mistakes: Mistakes, written: str, mistake: str
) -> None:
    (line,) = mistakes(probe(written), S="secret")
    assert f"models.a.probe.scorer{mistake}" in line
    assert line.startswith("6:")
    assert "secret" not in line


@pytest.mark.parametrize(
    ("written", "mistake"),
    [
        ("steps: [10, 50]", "does not end at 100. Write [10, 50, 100]."),
        ("steps: [50, 10, 100]", "10 is not more than the 50 before it. Write it like `[10, 50,"),
        ("steps: [100, 100]", "100 is not more than the 100 before it."),
        ("steps: [0, 100]", "0 is no percentage: more than 0, up to 100."),
        ("steps: [10%, 100%]", "must be numbers without a unit."),
        ("steps: [true, 100]", "must be numbers without a unit."),
        ("steps: 100", "must be a list of percentages, not `100`."),
        ("steps: []", "must be a list of percentages, not a list."),
        ("guard: {error_rate: 1}", "`1` is no limit of this. Write it like 1%, or 1.5x: a ratio "),
        ("guard: {error_rate: 200%}", "`200%` is no limit of this."),
        ("guard: {latency_p95: 200}", "`200` is no limit of this. Write it like 200ms, or 1.5x"),
        ("guard: {latency_p95: 0.5x}", "`0.5x` would be better than the revision before."),
        ("guard: {latency_p95: 1%}", "`1%` is no limit of this."),
        ("guard: {memory: 200ms}", "`200ms` is no limit of this. Write it like 512MiB"),
        ("guard: {restarts: 1.5x}", "must be a whole number, not `1.5x`. Write it like 2."),
        ("guard: {restarts: true}", "must be a whole number, not `true`."),
        ("guard: {latncy_p95: 1s}", "unknown key. Did you mean latency_p95?"),
        (
            "strategy: blue-green",
            "`blue-green` is not available in this version. Write one of gradual, recreate.",
        ),
        ("shadow: {redact: [a b], keep_bodies: true}", "`a b` is not a field."),
        ("margin: 0.6", "must be 0 to 0.5, not `0.6`"),
        ("confidence: 95%", "must be a number, not `95%`. Write 0.95."),
    ],
)
def test_a_wrong_value_is_explained(mistakes: Mistakes, written: str, mistake: str) -> None:
    (line, *_) = mistakes(rollout(written))
    assert line.startswith("4:")
    assert mistake in line


@pytest.mark.parametrize("name", ["error_rate", "latency_p95", "restarts", "memory"])
def test_a_guard_may_be_none(stack: Parse, name: str) -> None:
    found = stack(rollout(f"guard: {{{name}: none}}")).model("a").rollout
    assert getattr(found.guard, name) is None


def test_values_may_come_from_variables(stack: Parse) -> None:
    found = stack(rollout('steps: ["${N}", 100], guard: {restarts: "${N}"}'), N="5").model("a")
    assert list(found.rollout.steps) == [5, 100]
    assert found.rollout.guard.restarts == GuardLimit(amount=5)


@pytest.mark.parametrize(
    ("limit", "of", "shown"),
    [
        (GuardLimit(ratio=1.5), "duration", "1.5x"),
        (GuardLimit(amount=0.005), "share", "0.5%"),
        (GuardLimit(amount=0.2), "duration", "200ms"),
        (GuardLimit(amount=2), "count", 2),
        (GuardLimit(amount=512 << 20), "size", "512MiB"),
    ],
)
def test_a_limit_is_shown_as_it_is_written(limit: GuardLimit, of: Measure, shown: object) -> None:
    assert show_limit(limit, of) == shown


def test_editors_are_told_scorers_with_their_options() -> None:
    scorer: dict[str, Any] = json_schema()["$defs"]["ProbeShape"]["properties"]["scorer"]
    words, function, mapping = scorer["anyOf"][0]["anyOf"]
    assert words["enum"] == list(scorers.names())
    assert re.search(function["pattern"], "checks:grade")
    assert "tolerance" in mapping["properties"]["numeric"]["properties"]
    assert scorer["default"] == "exact"
