from __future__ import annotations

from pathlib import Path

import pytest

from argosy.scorers import Choice
from argosy.stack.model import Guard, GuardLimit, Probe, Rollout, Shadow
from argosy.stack.rollout_defaults import PRODUCTION
from argosy.stack.rollouts import unproven
from tests.stack.conftest import Mistakes, Parse


@pytest.fixture(autouse=True)
def suite(folder: Path) -> Path:
    """``desk/probes/a.jsonl``."""
    (folder / "probes").mkdir()
    file = folder / "probes" / "a.jsonl"
    file.write_text('{"input": 1, "expected": 1}\n')
    return file


def model(text: str) -> str:
    return f"models:\n  a:\n    code: code\n    {text}"


def test_without_a_word_of_it_a_revision_takes_over_at_once(stack: Parse) -> None:
    found = stack("models: {a: {code: code}}").model("a")
    assert found.probe is None
    assert found.rollout == Rollout(
        "gradual", (100,), 0.0, 3600.0, 0.02, 0.95, "e-process", (), Guard(), None
    )


def test_all_of_it_is_read(stack: Parse, suite: Path) -> None:
    text = (
        "probe: {suite: probes/a.jsonl, scorer: contains, every: 60s, repeats: 3, timeout: 20s,\n"
        "      seed: 7, items: 200, accuracy: 0.9, concurrency: 8}\n"
        "    rollout: {steps: [10, 50, 100], hold: 5m, patience: 10m, margin: 0.05,\n"
        "      confidence: 0.99, test: one-look, strategy: gradual, slices: [easy, two words],\n"
        "      guard: {error_rate: 1%, latency_p95: 1.5x, latency_p99: 200ms, ttft_p95: 2x,\n"
        "        ttft_p99: 1s, restarts: 2, memory: 512MiB},\n"
        "      shadow: {fraction: 0.2, keep_bodies: true, redact: [a.b, user], most: 1GiB}}"
    )
    found = stack(model(text)).model("a")
    assert found.probe == Probe(suite, Choice("contains"), 60.0, 3, 20.0, 7, 200, 0.9, 8)
    assert found.rollout == Rollout(
        strategy="gradual",
        steps=(10, 50, 100),
        hold=300.0,
        patience=600.0,
        margin=0.05,
        confidence=0.99,
        test="one-look",
        slices=("easy", "two words"),
        guard=Guard(
            error_rate=GuardLimit(amount=0.01),
            latency_p95=GuardLimit(ratio=1.5),
            latency_p99=GuardLimit(amount=0.2),
            ttft_p95=GuardLimit(ratio=2),
            ttft_p99=GuardLimit(amount=1),
            restarts=GuardLimit(amount=2),
            memory=GuardLimit(amount=512 << 20),
        ),
        shadow=Shadow(0.2, True, ("a.b", "user"), 1 << 30),
    )


def test_an_answer_may_take_as_long_as_the_model_says(stack: Parse) -> None:
    found = stack(model("timeout: 7s\n    probe: {suite: probes/a.jsonl}")).model("a")
    assert found.probe is not None
    assert found.probe.timeout == 7


@pytest.mark.parametrize(
    "key", ["margin: 0.1", "confidence: 0.9", "test: one-look", "slices: a", "gate: point"]
)
def test_what_compares_nothing_is_a_mistake(mistakes: Mistakes, key: str) -> None:
    (line,) = mistakes(model(f"rollout: {{{key}}}"))
    name = key.partition(":")[0]
    assert line.startswith(f"4:15: models.a.rollout.{name}: nothing would be compared")


def test_shadow_traffic_compares_too_but_not_by_tags(mistakes: Mistakes, stack: Parse) -> None:
    assert stack(model("rollout: {margin: 0.1, shadow: {}}")).model("a").rollout.margin == 0.1
    (line,) = mistakes(model("rollout: {slices: a, shadow: {}}"))
    assert "models.a.rollout.slices: nothing would be compared" in line


def test_what_is_only_observed_needs_no_confidence(mistakes: Mistakes, stack: Parse) -> None:
    probed = "probe: {suite: probes/a.jsonl}\n    rollout: {gate: point, %s}"
    assert stack(model(probed % "margin: 0")).model("a").rollout == Rollout(margin=0, gate="point")
    for key in ("confidence: 0.9", "test: one-look"):
        (line,) = mistakes(model(probed % key))
        assert "`gate: point` goes by what was observed" in line
    (line,) = mistakes(model(probed % "margin: 0, shadow: {}"))
    assert "no number of questions can show that nothing at all is worse" in line
    (line,) = mistakes(model("probe: {suite: probes/a.jsonl}\n    rollout: {margin: 0}"))
    assert "no number of questions can show" in line


@pytest.mark.parametrize("key", ["steps: [10, 100]", "hold: 1s", "guard: {}", "shadow: {}"])
def test_what_takes_two_that_answer_is_a_mistake_where_only_one_does(
    mistakes: Mistakes, stack: Parse, key: str
) -> None:
    (line,) = mistakes(model(f"rollout: {{strategy: recreate, {key}}}"))
    assert "with `strategy: recreate` there are never two revisions that answer" in line
    assert stack(model("rollout: {strategy: recreate}")).model("a").rollout == Rollout("recreate")


@pytest.mark.parametrize("written", ["production", "{defaults: production}", '"${ROLLOUT}"'])
def test_the_word_production_is_a_whole_rollout(stack: Parse, written: str) -> None:
    found = stack(model(f"rollout: {written}"), ROLLOUT="production").model("a")
    assert found.rollout == PRODUCTION
    assert found.is_proven


def test_development_is_what_holds_without_a_word(stack: Parse) -> None:
    for written in ("development", "{defaults: development}", "{}"):
        assert stack(model(f"rollout: {written}")).model("a").rollout == Rollout()


def test_what_the_file_says_counts_more_than_its_defaults(stack: Parse) -> None:
    guard = "{latency_p95: 2x, restarts: none, memory: 1.2x}"
    text = f"rollout: {{defaults: production, hold: 10m, guard: {guard}}}"
    found = stack(model(text)).model("a").rollout
    assert (found.steps, found.hold) == ((10, 50, 100), 600)
    assert found.guard == Guard(
        error_rate=GuardLimit(amount=0.01),
        latency_p95=GuardLimit(ratio=2),
        memory=GuardLimit(ratio=1.2),
    )
    assert stack(model("rollout: {defaults: production, hold: 0s}")).model("a").rollout.hold == 0


def test_of_recreate_the_defaults_of_production_are_left_out_but_not_what_is_written(
    stack: Parse, mistakes: Mistakes
) -> None:
    text = "rollout: {defaults: production, strategy: recreate%s}"
    found = stack(model(text % "")).model("a")
    assert found.rollout == Rollout("recreate", defaults="production")
    assert not found.is_proven
    (line,) = mistakes(model(text % ", hold: 5m"))
    assert "models.a.rollout.hold: with `strategy: recreate` there are never two" in line


@pytest.mark.parametrize(
    ("written", "mistake"),
    [
        ("prodution", "4:14: models.a.rollout: must be one of development, production, not "),
        ("{defaults: prodution}", "4:25: models.a.rollout.defaults: must be one of development, "),
    ],
)
def test_another_word_leads_to_the_one_that_was_meant(
    mistakes: Mistakes, written: str, mistake: str
) -> None:
    (line,) = mistakes(model(f"rollout: {written}"))
    assert line.startswith(mistake)
    assert line.endswith("not `prodution`. Did you mean production?")


def test_what_is_no_word_at_all_must_be_a_mapping(mistakes: Mistakes) -> None:
    (line,) = mistakes(model("rollout: [10, 100]"))
    assert "models.a.rollout: must be a mapping of keys, not a list. Write it like `roll" in line


def test_production_without_anything_to_compare_is_told_with_the_next_step(stack: Parse) -> None:
    (told,) = unproven(stack(model("rollout: production")))
    assert told.startswith("a: rolled out as in production, but without a suite")
    assert told.endswith("`probe: {suite: ./probes/a.jsonl}`.")
    assert unproven(stack(model("rollout: {defaults: production, strategy: recreate}"))) == [told]
    assert unproven(stack(model("rollout: {steps: [10, 100]}"))) == []
    assert unproven(stack(model("rollout: {defaults: production, shadow: {}}"))) == []
    probed = "probe: {suite: probes/a.jsonl}\n    rollout: production"
    assert unproven(stack(model(probed))) == []


def test_a_wrong_probe_does_not_make_the_rollout_wrong_too(mistakes: Mistakes) -> None:
    (line,) = mistakes(model("probe: {suite: none.jsonl}\n    rollout: {margin: 0.1}"))
    assert line.startswith("4:20: models.a.probe.suite: `none.jsonl`: no file is here")
    (line,) = mistakes(model("probe: {scorer: exact}\n    rollout: {margin: 0.1}"))
    assert line.startswith("4:5: models.a.probe: needs the key suite. Write it like `suite: ./pr")


def test_a_model_that_embeds_must_be_there(mistakes: Mistakes, stack: Parse) -> None:
    probe = "probe: {suite: probes/a.jsonl, scorer: {embedding: {model: %s}}}"
    assert stack(model(probe % "a")).model("a").probe
    (line,) = mistakes(model(probe % "ab"))
    assert line == (
        "4:64: models.a.probe.scorer.embedding.model: `ab` is no model of this stack. "
        "Did you mean a?"
    )


def test_what_is_not_kept_cannot_be_redacted(mistakes: Mistakes) -> None:
    (line,) = mistakes(model("rollout: {shadow: {redact: user}}"))
    assert line.startswith("4:24: models.a.rollout.shadow.redact: no bodies are kept")


def test_a_suite_must_be_a_file(mistakes: Mistakes) -> None:
    (line,) = mistakes(model("probe: {suite: probes}"))
    assert "models.a.probe.suite: `probes`: this is no file" in line
    (line,) = mistakes(model("probe: {suite: probes/b.jsonl}"))
    assert line.endswith("no file is here. Did you mean a.jsonl?")
