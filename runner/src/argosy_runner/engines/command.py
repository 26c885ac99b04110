"""Any program that listens where it is told; a [served engine](models.md#served-engines).

`command` says what to run: a text, or a list of words. `{host}`, `{port}`, `{address}` (both),
`{weights}` and `{model}` are filled in; no shell is between. It runs in the folder of `code`, if
there is one, and finds the programs of the model's environment first, `python` among them. Weights
are its own affair.

On SIGTERM it is to finish what it has and exit; after `timeout` it is ended.
"""

from __future__ import annotations

import re

from argosy_runner.served.engine import Mapped, Place, Question, Readiness

REQUIREMENTS: tuple[str, ...] = ()
UNIX_SOCKET = False
OPTIONS = {
    "ready_path": "the path that answers 2xx once the program can serve; /health without it",
    "metrics_path": "the path of its Prometheus text, if it has any",
}
OURS: dict[str, str] = {}
ENVIRONMENT: dict[str, str] = {}
METRICS: dict[str, Mapped] = {}
PLACEHOLDERS = ("host", "port", "address", "weights", "model")


def command(place: Place) -> list[str]:
    """The words as they were given, filled in; braces around anything else are left alone."""
    values = {
        "host": place.host,
        "port": place.port,
        "address": place.serve_at,
        "weights": place.weights or "",
        "model": place.model,
    }
    pattern = re.compile(r"\{(%s)\}" % "|".join(PLACEHOLDERS))
    return [pattern.sub(lambda found: values[found[1]], word) for word in place.command]


def readiness(place: Place) -> Readiness:
    """What its author says."""
    return Readiness(Question(str(place.options.get("ready_path", "/health"))))


def metrics_path(place: Place) -> str | None:
    """What its author says, if anything."""
    found = place.options.get("metrics_path")
    return None if found is None else str(found)
