"""The shape of probes and rollouts in the stack file. No I/O here."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from argosy import scorers
from argosy.stack.model import (
    DEFAULT_CONCURRENCY,
    DEFAULT_CONFIDENCE,
    DEFAULT_FRACTION,
    DEFAULT_KEPT,
    DEFAULT_MARGIN,
    DEFAULT_PATIENCE,
    GuardLimit,
)
from argosy.stack.rollout_defaults import DEFAULTS
from argosy.stack.rollout_values import FIELDS, TAGS, Limit, ScorerChoice, Steps
from argosy.stack.shape import Shape
from argosy.stack.units import show_duration, show_size
from argosy.stack.values import Duration, LocalPath, Number, Size, Truth, Word

TESTS = ("e-process", "one-look")
GATES = ("confidence", "point")
STRATEGIES = ("gradual", "recreate")
KEPT: Any = show_size(DEFAULT_KEPT)  # as it is written in the file
EXACT: Any = "exact"
ALL_AT_ONCE: Any = [100]
NOT_HELD: Any = "0s"
PATIENT: Any = show_duration(DEFAULT_PATIENCE)
RATIO = "As a limit, or as a ratio to the revision before."


class ProbeShape(Shape):
    """Questions with known answers. Changing it makes no new revision."""

    suite: Annotated[str, LocalPath(example="./probes/arithmetic.jsonl")] = Field(
        description="The file of [questions and answers](probes.md), relative to the stack file.",
        examples=["./probes/arithmetic.jsonl"],
    )
    scorer: Annotated[scorers.Choice, ScorerChoice()] = Field(
        default=EXACT,
        description="What says how good an answer is.",
        examples=["contains", {"numeric": {"tolerance": 0.01}}],
    )
    every: Annotated[float, Duration(above="0s", most="24h")] | None = Field(
        default=None,
        description="How often the replicas that serve are asked. Without it, only those of a new "
        "revision are.",
        examples=["60s"],
    )
    repeats: Annotated[int, Number(least=1, most=100, whole=True)] = Field(
        default=1,
        description="How often each question is asked; the mean of the scores counts.",
        examples=[3],
    )
    timeout: Annotated[float, Duration(above="0s", most="24h")] | None = Field(
        default=None,
        description="The longest an answer may take; beyond, its score is 0. Without it, the "
        "model's `timeout`.",
        examples=["20s"],
    )
    seed: Annotated[int, Number(most=2**31 - 1, whole=True)] = Field(
        default=0,
        description="What is sent to language models as `seed`, and what draws `items`.",
        examples=[7],
    )
    items: Annotated[int, Number(least=1, most=100_000, whole=True)] | None = Field(
        default=None,
        description="How many questions of the suite are asked at most, drawn by the seed. Without "
        "it, all.",
        examples=[200],
    )
    accuracy: Annotated[float, Number(most=1)] | None = Field(
        default=None,
        description="The least mean score that is good enough, from 0 to 1. Below it a model's "
        "first revision never serves, and a replica that is asked again is replaced.",
        examples=[0.9],
    )
    concurrency: Annotated[int, Number(least=1, most=256, whole=True)] = Field(
        default=DEFAULT_CONCURRENCY,
        description="How many questions are under way at once.",
        examples=[8],
    )


class GuardShape(Shape):
    """What a new revision may not exceed while it takes traffic; without a key, it may.

    With `defaults: production`, keys that are not given keep their limits; `none` takes one out.
    """

    error_rate: Annotated[GuardLimit, Limit("share")] | None = Field(
        default=None,
        description=f"The share of requests that fail. {RATIO}",
        examples=["1%"],
    )
    latency_p95: Annotated[GuardLimit, Limit("duration")] | None = Field(
        default=None,
        description=f"What 95 % of the requests take at most. {RATIO}",
        examples=["1.5x"],
    )
    latency_p99: Annotated[GuardLimit, Limit("duration")] | None = Field(
        default=None,
        description=f"What 99 % of the requests take at most. {RATIO}",
        examples=["200ms"],
    )
    ttft_p95: Annotated[GuardLimit, Limit("duration")] | None = Field(
        default=None,
        description=f"What 95 % of the streams take to their first token at most. {RATIO}",
        examples=["1.5x"],
    )
    ttft_p99: Annotated[GuardLimit, Limit("duration")] | None = Field(
        default=None,
        description=f"What 99 % of the streams take to their first token at most. {RATIO}",
        examples=["800ms"],
    )
    restarts: Annotated[GuardLimit, Limit("count")] | None = Field(
        default=None,
        description="How often its replicas and workers may be started again.",
        examples=[2],
    )
    memory: Annotated[GuardLimit, Limit("size")] | None = Field(
        default=None,
        description=f"Memory of each replica. {RATIO}",
        examples=["1.2x"],
    )


class ShadowShape(Shape):
    """Copies of requests, which the new revision answers, too, and nobody else sees."""

    fraction: Annotated[float, Number(above=0, most=1)] = Field(
        default=DEFAULT_FRACTION,
        description="The share of requests that are copied.",
        examples=[0.2],
    )
    keep_bodies: Annotated[bool, Truth()] = Field(
        default=False,
        description="Whether requests and answers that differ are kept, to be looked at.",
        examples=[True],
    )
    redact: Annotated[tuple[str, ...], FIELDS] | None = Field(
        default=None,
        description="Fields of bodies that are blotted out before they are kept.",
        examples=[["messages.content", "user"]],
    )
    most: Annotated[int, Size(least="1MiB")] = Field(
        default=KEPT,
        description="What is kept on disk at most; then the oldest goes.",
        examples=["1GiB"],
    )


class RolloutShape(Shape):
    """How a new revision takes over. Changing it makes no new revision."""

    defaults: Annotated[str, Word(lambda: tuple(DEFAULTS))] = Field(
        default="development",
        description="What holds where no other key says it. `development`: the defaults below. "
        "`production`: `steps: [10, 50, 100]`, `hold: 5m` and `guard: {error_rate: 1%, "
        "latency_p95: 1.5x, restarts: 0}`, the others as below; of `strategy: recreate` none of "
        "these. `rollout: production` is short for it.",
        examples=["production"],
    )
    strategy: Annotated[str, Word(lambda: STRATEGIES, later=("blue-green",))] = Field(
        default="gradual",
        description="`gradual`: beside the revision before, by steps. `recreate`: in its place, "
        "once it has stopped; nobody answers meanwhile.",
        examples=["recreate"],
    )
    steps: Annotated[tuple[float, ...], Steps()] = Field(
        default=ALL_AT_ONCE,
        description="The percentages of the traffic that the new revision gets, one after the "
        "other.",
        examples=[[10, 50, 100]],
    )
    hold: Annotated[float, Duration(most="168h")] = Field(
        default=NOT_HELD,
        description="How long each step lasts at least, while the guard looks on.",
        examples=["5m"],
    )
    patience: Annotated[float, Duration(above="0s", most="168h")] = Field(
        default=PATIENT,
        description="How long guards, or copies of requests, may wait for as many requests as they "
        "need to decide. Then the rollout pauses and asks.",
        examples=["10m"],
    )
    gate: Annotated[str, Word(lambda: GATES)] = Field(
        default="confidence",
        description="What decides. `confidence`: it must be shown, of all that could be asked. "
        "`point`: it must have been so, of the questions in the suite.",
        examples=["point"],
    )
    margin: Annotated[float, Number(least=0, most=0.5)] = Field(
        default=DEFAULT_MARGIN,
        description="How much less accurate than the revision before it must be shown not to be.",
        examples=[0.05],
    )
    confidence: Annotated[float, Number(least=0.5, most=0.9999)] = Field(
        default=DEFAULT_CONFIDENCE,
        description="How sure that must be.",
        examples=[0.99],
    )
    test: Annotated[str, Word(lambda: TESTS)] = Field(
        default="e-process",
        description="How it is shown. `e-process`: after every question, as soon as it can be. "
        "`one-look`: once, after the last.",
        examples=["one-look"],
    )
    slices: Annotated[tuple[str, ...], TAGS] | None = Field(
        default=None,
        description="Tags of the suite: of the questions with each of them it must be shown, too.",
        examples=[["arithmetic", "dates"]],
    )
    guard: GuardShape = Field(
        default_factory=GuardShape,
        description="What it may not exceed while it takes traffic.",
        examples=[{"error_rate": "1%", "latency_p95": "1.5x"}],
    )
    shadow: ShadowShape | None = Field(
        default=None,
        description="Copies of requests that it answers before it takes any.",
        examples=[{"fraction": 0.1}],
    )
