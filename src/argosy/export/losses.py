"""What nginx and Compose do not do of a stack, so that nobody finds out later. No I/O here."""

from __future__ import annotations

from collections.abc import Iterator

from argosy.export.nginx import limits
from argosy.export.routing import routing
from argosy.stack.model import Stack

REVISIONS = (
    "Releases: `docker compose up -d --build` replaces containers at once. There are no revisions"
    " side by side, no `x-argosy-revision`, no rollout; a request may be lost."
)
BOUNDS = (
    "Overload: nginx does not bound how many requests wait for a model, nor its own memory; each"
    " replica refuses what its queue cannot hold."
)
KEYS = (
    "gateway.keys: keys of Argosy's are signed tokens, which nginx does not verify. Callers need a"
    " token of the file secrets/keys instead: it opens every model, and has no end."
)
TOKENS = "gateway.limits.tokens_per_{}: nginx does not count tokens."


def losses(stack: Stack) -> list[str]:
    """Sentences, those first that concern who may call."""
    return [*_of_keys(stack), *_of_limits(stack), *_of_sight(stack), REVISIONS, BOUNDS]


def _of_keys(stack: Stack) -> Iterator[str]:
    if stack.gateway.needs_keys:
        yield KEYS
    for issuer in stack.gateway.issuers:
        yield f"gateway.issuers: tokens of {issuer.issuer} open nothing."


def _of_limits(stack: Stack) -> Iterator[str]:
    gateway = stack.gateway
    if gateway.limits.tokens_per_minute:
        yield TOKENS.format("minute")
    if gateway.limits.tokens_per_day:
        yield TOKENS.format("day")
    if gateway.redis:
        yield "gateway.redis: each nginx counts for itself."
    yield from (f"{one}." for one in limits.rounded(routing(stack)))
    if limits.zones(routing(stack)):
        yield (
            "Limits: nginx does not say in `x-ratelimit-*` what is left, nor which limit refused;"
            " `Retry-After` is always 1. Of IPv6 each address counts, not its network."
        )


def _of_sight(stack: Stack) -> Iterator[str]:
    if stack.gateway.metrics:
        yield "gateway.metrics: Prometheus has the metrics of every replica; nginx has none."
    if stack.gateway.traces:
        yield "gateway.traces: nginx takes no part in traces, and models reach no collector."
    for model in stack.models:
        if model.probe:
            yield f"models.{model.name}.probe: nobody asks its questions."
