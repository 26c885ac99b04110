"""Probes and rollouts as the stack file has them → as everything after it trusts them. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from argosy.nearest import nearest
from argosy.stack import references
from argosy.stack.document import Document, Keys
from argosy.stack.model import Guard, Probe, Rollout, Shadow
from argosy.stack.rollout_shapes import GuardShape, ProbeShape, RolloutShape, ShadowShape
from argosy.stack.rollout_values import Measure, show_limit
from argosy.stack.schema import ModelShape, StackShape
from argosy.stack.units import show_duration, show_size

COMPARING = ("margin", "confidence", "test")
MEASURES: Mapping[str, Measure] = {
    "error_rate": "share",
    "latency_p95": "duration",
    "latency_p99": "duration",
    "ttft_p95": "duration",
    "ttft_p99": "duration",
    "restarts": "count",
    "memory": "size",
}


def check(document: Document, shape: StackShape) -> None:
    """Add a problem for what would never be looked at, and for a model that there is not."""
    for name, model in shape.models.items():
        path = ("models", name)
        if not document.is_faulty((*path, "probe")) and not document.is_faulty((*path, "rollout")):
            _check_comparing(document, model, (*path, "rollout"))
        if model.probe and not document.is_faulty((*path, "probe", "scorer")):
            _check_embedding(document, shape, model.probe, (*path, "probe", "scorer"))
        if shadow := model.rollout.shadow:
            _check_shadow(document, shadow, (*path, "rollout", "shadow"))


def of_probe(shape: ProbeShape, folder: Path, timeout: float) -> Probe:
    """``folder`` is the stack file's, ``timeout`` the model's."""
    return Probe(
        suite=references.resolve(folder, shape.suite),
        scorer=shape.scorer,
        every=shape.every,
        repeats=shape.repeats,
        timeout=shape.timeout or timeout,
        seed=shape.seed,
        items=shape.items,
        accuracy=shape.accuracy,
        concurrency=shape.concurrency,
    )


def of_rollout(shape: RolloutShape) -> Rollout:
    """Of one model."""
    return Rollout(
        strategy=cast("Any", shape.strategy),
        steps=shape.steps,
        hold=shape.hold,
        margin=shape.margin,
        confidence=shape.confidence,
        test=cast("Any", shape.test),
        slices=shape.slices or (),
        guard=_guard(shape.guard),
        shadow=_shadow(shape.shadow) if shape.shadow else None,
    )


def show_probe(probe: Probe) -> dict[str, Any]:
    """As the stack file would write it."""
    name, options = probe.scorer.name, dict(probe.scorer.options)
    return {
        "suite": str(probe.suite),
        "scorer": {name: options} if options else name,
        "every": None if probe.every is None else show_duration(probe.every),
        "repeats": probe.repeats,
        "timeout": show_duration(probe.timeout),
        "seed": probe.seed,
        "items": probe.items,
        "accuracy": probe.accuracy,
        "concurrency": probe.concurrency,
    }


def show_rollout(rollout: Rollout, *, compares: bool) -> dict[str, Any]:
    """The same. Where it ``compares`` no answers, what it would compare them by is not shown."""
    shadow = rollout.shadow
    return {
        "strategy": rollout.strategy,
        "steps": list(rollout.steps),
        "hold": show_duration(rollout.hold),
        "margin": rollout.margin if compares else None,
        "confidence": rollout.confidence if compares else None,
        "test": rollout.test if compares else None,
        "slices": list(rollout.slices) or None,
        "guard": {
            name: show_limit(limit, of) if (limit := getattr(rollout.guard, name)) else None
            for name, of in MEASURES.items()
        },
        "shadow": shadow
        and {
            "fraction": shadow.fraction,
            "keep_bodies": shadow.keep_bodies,
            "redact": list(shadow.redact) or None,
            "most": show_size(shadow.most),
        },
    }


def _guard(shape: GuardShape) -> Guard:
    return Guard(**{name: getattr(shape, name) for name in MEASURES})


def _shadow(shape: ShadowShape) -> Shadow:
    return Shadow(shape.fraction, shape.keep_bodies, shape.redact or (), shape.most)


def _check_comparing(document: Document, model: ModelShape, path: Keys) -> None:
    """Answers are compared by a suite, or by shadow traffic."""
    given = model.rollout.model_fields_set
    compared = () if model.probe else ("slices", *(() if model.rollout.shadow else COMPARING))
    for key in compared:
        if key in given:
            what = "nothing would be compared: the model has no `probe`"
            step = "Name questions with known answers: `probe: {suite: ./probes/….jsonl}`."
            document.problem(document.place((*path, key)).key, (*path, key), what, step)


def _check_embedding(document: Document, shape: StackShape, probe: ProbeShape, path: Keys) -> None:
    wanted = str(probe.scorer.options.get("model", ""))
    if probe.scorer.name != "embedding" or wanted in shape.models:
        return
    below = (*path, "embedding", "model")
    place = document.place(below)
    meant = nearest(wanted, tuple(shape.models))
    step = f"Did you mean {meant}?" if meant else "Name one that has `embed`."
    document.problem(place.value, below, f"{place.shown} is no model of this stack", step)


def _check_shadow(document: Document, shadow: ShadowShape, path: Keys) -> None:
    if not shadow.keep_bodies and "redact" in shadow.model_fields_set:
        place = document.place((*path, "redact")).key
        step = "Write `keep_bodies: true`, or leave it out."
        document.problem(place, (*path, "redact"), "no bodies are kept", step)
