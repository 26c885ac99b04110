"""What a rollout is where the stack file does not say it: one set of values for each word. No I/O.

Production takes what the field takes: a canary of a tenth and a half, minutes each, and an end to
it where requests fail or slow down. It guards nothing that every model cannot tell, as a guard that
waits for data holds the rollout: there is no time to the first token without streams, and no limit
of memory that is right for all.
"""

from __future__ import annotations

from collections.abc import Mapping

from argosy.stack.model import Guard, GuardLimit, Rollout

DEVELOPMENT = Rollout()
PRODUCTION = Rollout(
    steps=(10, 50, 100),
    hold=300.0,
    guard=Guard(
        error_rate=GuardLimit(amount=0.01),
        latency_p95=GuardLimit(ratio=1.5),
        restarts=GuardLimit(amount=0),
    ),
    defaults="production",
)
DEFAULTS: Mapping[str, Rollout] = {"development": DEVELOPMENT, "production": PRODUCTION}
