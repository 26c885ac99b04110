"""How a model's first revision gets the traffic, told by the text of plans."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from argosy.plan.reconcile import reconcile
from argosy.plan.state import FirstAnswers, Target
from argosy.stack.model import Model, Probe
from tests.plan.worlds import desired, observed, replica, revision

PROBE = Probe(Path("/stack/probes.jsonl"))


def first(answers: FirstAnswers | None, accuracy: float | None, proof: str = "") -> list[str]:
    """What is done with a ready first revision that has answered so."""
    seen = observed(None, replica(1, 1))
    known = replace(seen.models["sentiment"].revisions[1], first=answers)
    model = replace(seen.models["sentiment"], revisions={1: known})
    probe = replace(PROBE, accuracy=accuracy)
    declared = Model("sentiment", probe=probe)
    wanted = Target(revision(1), 1, "new model", declared=declared, proof=proof)
    plan = reconcile(desired(wanted), replace(seen, models={"sentiment": model}))
    told = [" ".join(str(one).split()) for one in plan.steps]
    return [one for one in told if not one.startswith("gateway")]


def test_a_first_revision_serves_and_is_asked_where_no_accuracy_is_wanted() -> None:
    serves = "sentiment route to r1 its replicas are ready"
    assert first(None, None) == ["sentiment ask r1 its suite probes.jsonl", serves]
    assert first(FirstAnswers("asking"), None) == [serves]


def test_a_first_revision_serves_once_it_is_as_accurate_as_is_wanted() -> None:
    asked = "sentiment ask r1 its suite probes.jsonl, accuracy 0.9 wanted"
    assert first(None, 0.9) == [asked]
    assert first(FirstAnswers("asking"), 0.9) == []
    assert first(FirstAnswers("accepted"), 0.9) == ["sentiment route to r1 its replicas are ready"]
    assert first(FirstAnswers("refused", "accuracy 0.8"), 0.9) == [
        "sentiment give up r1 accuracy 0.8",
        "sentiment drain and stop r1 ×1 r1 failed",
    ]


def test_what_speaks_against_any_next_revision_is_said_with_the_first() -> None:
    told = first(None, None, "no next revision can pass: 9 items are too few")
    assert told[0] == (
        "sentiment ask r1 its suite probes.jsonl; no next revision can pass: 9 items are too few"
    )
