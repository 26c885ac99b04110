from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from argosy.probe.suite import kept_name
from argosy.rollout.noise import SelfRun, differing, measure, of_run, question
from argosy.rollout.sample_size import fewest
from argosy.rollout.scoring import Scored
from argosy.scorers import Choice
from argosy.stack.model import Probe, Rollout


def test_a_revision_that_always_agrees_with_itself_needs_the_fewest() -> None:
    found = measure(500, 0, 0.02, 0.95, "e-process")
    assert found.share == 0
    assert found.share_at_most == pytest.approx(0.00597, abs=5e-5)
    assert found.needed == fewest(0.02, 0.95, "e-process")
    assert "Fix temperature" not in found.sentence


def test_noise_makes_a_margin_expensive() -> None:
    found = measure(500, 25, 0.02, 0.95, "e-process")
    assert found.needed == 1911
    assert found.needed_at_most is not None
    assert found.needed_at_most > found.needed
    assert found.sentence == (
        "The revision differs from itself on 5 % of 500 items (at most 6.91 %): to show a margin of"
        f" 0.02, a revision as good needs about 1911 items (at that most about"
        f" {found.needed_at_most} items). The margin is below this noise floor. Fix temperature and"
        " seed, repeat each item and average, add items, or widen the margin."
    )


def test_where_every_answer_is_noise_no_number_of_items_is_enough() -> None:
    found = measure(500, 500, 0.02, 0.95, "e-process")
    assert found.needed is None
    assert "needs more items than there are" in found.sentence


def test_of_no_items_nothing_is_known() -> None:
    assert measure(0, 0, 0.02, 0.95, "one-look").share_at_most == 1.0


def test_a_margin_below_the_noise_floor_is_said() -> None:
    found = measure(50, 1, 0.01, 0.95, "e-process")
    assert found.hides_margin
    assert "The margin is below this noise floor. Fix temperature" in found.sentence
    assert not measure(50, 1, 0.02, 0.95, "e-process").hides_margin


def test_a_run_is_read_with_the_margin_as_it_is_now() -> None:
    run = SelfRun(3, 50, 1, "question", 1.0)
    assert of_run(run, Rollout(margin=0.01)).hides_margin
    assert of_run(run, Rollout(margin=0.05)).sentence.startswith("r3 differs from itself on 2 %")


def test_items_that_are_scored_differently_are_counted() -> None:
    first = [Scored(one, 1.0, "a", "a", (), 1.0, 0.1) for one in "abc"]
    assert differing(first, first) == 0
    assert differing(first, [replace(first[0], score=0.5), *first[1:]]) == 1


def test_a_question_is_another_with_another_suite_scorer_seed_or_repeats() -> None:
    probe = Probe(Path("/a.jsonl"), Choice("numeric", {"tolerance": 1}))
    name = kept_name("e" * 64)
    others = [
        replace(probe, scorer=Choice("numeric", {"tolerance": 2})),
        replace(probe, scorer=Choice("exact")),
        replace(probe, seed=7),
        replace(probe, repeats=3),
    ]
    questions = {question(name, one) for one in (probe, *others)}
    assert len({*questions, question(kept_name("f" * 64), probe)}) == 6
    assert question(name, replace(probe, timeout=9)) == question(name, probe)
