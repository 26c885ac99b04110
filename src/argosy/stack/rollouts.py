"""Probes and rollouts as the stack file has them → as everything after it trusts them. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from argosy.nearest import nearest
from argosy.stack import references
from argosy.stack.document import Document, Keys
from argosy.stack.model import Guard, Model, Probe, Rollout, Shadow, Stack
from argosy.stack.rollout_defaults import DEFAULTS, DEVELOPMENT
from argosy.stack.rollout_shapes import GuardShape, ProbeShape, RolloutShape, ShadowShape
from argosy.stack.rollout_values import Measure, show_limit
from argosy.stack.schema import ModelShape, StackShape
from argosy.stack.units import show_duration, show_size

COMPARING = ("margin", "confidence", "test")
SHARED = ("steps", "hold", "guard", "shadow")  # what takes two revisions that answer
SHOWING = ("confidence", "test")  # what was observed needs neither
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
            _check_gate(document, model.rollout, (*path, "rollout"))
            _check_recreate(document, model.rollout, (*path, "rollout"))
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
    """Of one model. Defaults that take two revisions that answer are not for `recreate`."""
    given = shape.model_fields_set
    defaults = DEFAULTS[shape.defaults] if shape.strategy == "gradual" else DEVELOPMENT
    return Rollout(
        strategy=cast("Any", shape.strategy),
        steps=shape.steps if "steps" in given else defaults.steps,
        hold=shape.hold if "hold" in given else defaults.hold,
        patience=shape.patience,
        margin=shape.margin,
        confidence=shape.confidence,
        test=cast("Any", shape.test),
        gate=cast("Any", shape.gate),
        slices=shape.slices or (),
        guard=_guard(shape.guard, defaults.guard),
        shadow=_shadow(shape.shadow) if shape.shadow else None,
        defaults=cast("Any", shape.defaults),
    )


def unproven(stack: Stack) -> list[str]:
    """What to tell of models that go by the defaults of production, and have nothing to compare."""
    return [
        f"{model.name}: rolled out as in production, but without a suite: nobody would see that a"
        " next revision answers worse. Name questions with known answers: `probe: {suite:"
        f" ./probes/{model.name}.jsonl}}`."
        for model in stack.models
        if model.rollout.defaults == "production" and not _compares(model)
    ]


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
    shows = compares and (rollout.gate == "confidence" or shadow is not None)
    return {
        "defaults": rollout.defaults,
        "strategy": rollout.strategy,
        "steps": list(rollout.steps),
        "hold": show_duration(rollout.hold),
        "patience": show_duration(rollout.patience),
        "margin": rollout.margin if compares else None,
        "gate": rollout.gate if compares else None,
        "confidence": rollout.confidence if shows else None,
        "test": rollout.test if shows else None,
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


def _compares(model: Model) -> bool:
    return model.probe is not None or model.rollout.shadow is not None


def _guard(shape: GuardShape, defaults: Guard) -> Guard:
    given = shape.model_fields_set
    return Guard(**{name: getattr(shape if name in given else defaults, name) for name in MEASURES})


def _shadow(shape: ShadowShape) -> Shadow:
    return Shadow(shape.fraction, shape.keep_bodies, shape.redact or (), shape.most)


def _check_comparing(document: Document, model: ModelShape, path: Keys) -> None:
    """Answers are compared by a suite, or by shadow traffic."""
    given = model.rollout.model_fields_set
    needing = ("slices", "gate", *(() if model.rollout.shadow else COMPARING))
    for key in () if model.probe else needing:
        if key in given:
            what = "nothing would be compared: the model has no `probe`"
            step = "Name questions with known answers: `probe: {suite: ./probes/….jsonl}`."
            document.problem(document.place((*path, key)).key, (*path, key), what, step)


def _check_gate(document: Document, rollout: RolloutShape, path: Keys) -> None:
    """To show something takes a margin; to observe something, neither test nor confidence."""
    if rollout.gate == "confidence" or rollout.shadow:
        if rollout.margin == 0:
            what = "no number of questions can show that nothing at all is worse"
            step = "Allow a little, such as 0.02, or observe it: `gate: point`, without `shadow`."
            document.problem(document.place((*path, "margin")).value, (*path, "margin"), what, step)
        return
    for key in SHOWING:
        if key in rollout.model_fields_set:
            what = "`gate: point` goes by what was observed, and asks for no confidence"
            step = "Leave it out, or write `gate: confidence`."
            document.problem(document.place((*path, key)).key, (*path, key), what, step)


def _check_recreate(document: Document, rollout: RolloutShape, path: Keys) -> None:
    """Of two revisions that never answer at once none can be looked at beside the other."""
    for key in SHARED if rollout.strategy == "recreate" else ():
        if key in rollout.model_fields_set:
            what = "with `strategy: recreate` there are never two revisions that answer"
            step = "Leave it out, or write `strategy: gradual`."
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
