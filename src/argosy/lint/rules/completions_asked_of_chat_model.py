"""A health check puts a chat model's question to `/v1/completions`

The old endpoint sends the text as it is, without the chat template that the model was tuned with.

Why:
    An instruct model answers bare text unreliably: the probe fails although the model is well, or
    passes although its template is broken.

Example:
    test: curl -f http://localhost:8000/v1/completions -d '{"model": "mistral-7b-instruct", …}'

Instead:
    test: curl -f http://localhost:8000/v1/chat/completions -d '{"messages": […], …}'

Source:
    OpenAI API reference, Completions (legacy).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.lint.finding import At, Finding
from argosy.lint.mending import replaced
from argosy.lint.project.models import is_chat, model_names
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service

CODE = "AI308"
SEVERITY = "error"
FIX = "safe"

_OLD = re.compile(r"/v1/completions\b")


def check(project: Project) -> Iterator[Finding]:
    """Services whose model is tuned for chat, as its name tells."""
    for service in project.services:
        found = service.healthcheck
        if found is None or found.value is None or not _OLD.search(found.test.text):
            continue
        names = (*(one.text for one in model_names(service)), found.test.text)
        if not any(is_chat(one) for one in names):
            continue
        at = _place(service)
        has_body = "prompt" in found.test.text
        yield Finding(
            at,
            "this asks a chat model without its chat template",
            "Ask `/v1/chat/completions`, with `messages`.",
            service.name,
            fix=() if has_body else replaced(at, "/v1/chat/completions"),
        )


def _place(service: Service) -> At:
    test = service.value.below(("healthcheck", "test"))
    if test is None:
        return service.at_path("healthcheck")
    at = service.value_at(test)
    found = _OLD.search(service.written(test))
    return At(at.file, at.start + found.start(), at.start + found.end()) if found else at
