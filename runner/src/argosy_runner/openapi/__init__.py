"""What a replica says of itself: ``/openapi.json`` (OpenAPI 3.1) and ``/docs``, a page to try it.

All of it comes from the model's own type hints, docstrings and examples, or from its graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from argosy_runner.exchange import JSON, Headers
from argosy_runner.problems import not_ready

if TYPE_CHECKING:
    from argosy_runner.replica import Replica

Answer = tuple[int, bytes, bytes, Headers]


def answer(replica: Replica) -> Answer:
    """``/openapi.json``. Raises `Problem` 503 before the model is loaded."""
    from argosy_runner.openapi import document  # noqa: PLC0415  few ask for it

    if not replica.batcher.methods:
        raise not_ready(replica.reason)
    found = document.describe(
        replica.settings.model,
        replica.settings.revision,
        replica.batcher.methods,
        replica.documentation,
    )
    return 200, JSON, msgspec.json.encode(found), ((b"cache-control", b"no-cache"),)


def page() -> Answer:
    """``/docs``: the page reads ``openapi.json`` beside it."""
    from argosy_runner.openapi import docs  # noqa: PLC0415  few ask for it

    return 200, b"text/html; charset=utf-8", docs.html(), docs.headers()
