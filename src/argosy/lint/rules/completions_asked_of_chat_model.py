"""A health check puts a chat model's question to `/v1/completions`

The old endpoint sends the text as it is, without the chat template that the model was tuned with.

Why:
    An instruct model answers bare text unreliably: the probe fails although the model is well, or
    passes although its template is broken.

Example:
    test: |
      curl -f http://localhost:8000/v1/completions
      -d '{"model": "mistral-7b-instruct", "prompt": "1+1="}'

Instead:
    test: |
      curl -f http://localhost:8000/v1/chat/completions
      -d '{"model": "mistral-7b-instruct", "messages": [{"role": "user", "content": "1+1="}]}'

Source:
    OpenAI API reference, Completions (legacy).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.lint.finding import At, Finding
from argosy.lint.mending import replaced
from argosy.lint.project.image import Image
from argosy.lint.project.models import is_chat, model_names
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service

CODE = "AI308"
SEVERITY = "error"
FIX = "safe"

OLD = "/v1/completions"
NEW = "/v1/chat/completions"
WHAT = "this asks a chat model without its chat template"
STEP = f"Ask `{NEW}`, with `messages` in place of `prompt`."
_OLD = re.compile(rf"{OLD}\b")
_IN_PYTHON = re.compile(rf"^[^#\n]*?[\"'][^\"'#\n]*?({OLD})\b", re.MULTILINE)


def check(project: Project) -> Iterator[Finding]:
    """Checks of services and images whose model is tuned for chat, as its name tells."""
    for service in project.services:
        found = service.healthcheck
        if found is None or found.value is None or found.disabled:
            continue
        named = tuple(one.text for one in model_names(service))
        if _OLD.search(found.test.text) and _is_any_chat(*named, found.test.text):
            at = _place(service)
            has_body = "prompt" in found.test.text or at.end - at.start != len(OLD)
            fix = () if has_body else replaced(at, NEW)
            yield Finding(at, WHAT, STEP, service.name, fix=fix)
        if service.built is not None:
            yield from _of_programs(service.built, found.test.text, named, service.name)
    for image in project.images:
        asked = image.stage.last("HEALTHCHECK")
        services = project.services_of(image)
        if asked is None or (services and all(one.has("healthcheck") for one in services)):
            continue
        text = " ".join(word for one in asked.commands for word in one.texts)
        named = (
            " ".join(one.text for one in image.command),
            *(one.text for service in services for one in model_names(service)),
        )
        if _OLD.search(text) and _is_any_chat(*named, text):
            yield Finding(image.at(asked), WHAT, STEP)
        yield from _of_programs(image, text, named, services[0].name if services else "")


def _of_programs(
    image: Image, command: str, named: tuple[str, ...], subject: str
) -> Iterator[Finding]:
    """Python files of the image that a health check runs."""
    for program in image.programs:
        found = _IN_PYTHON.search(program.text) if OLD in program.text else None
        if not found:
            continue
        is_run = re.search(rf"(^|[\s/]){re.escape(program.file.name)}(\s|$)", command)
        if is_run and _is_any_chat(*named, program.text):
            at = At(program.file, found.start(1), found.end(1))
            yield Finding(at, WHAT, STEP, subject)


def _is_any_chat(*texts: str) -> bool:
    """Words that are a path of the API say nothing of a model."""
    return any(is_chat(re.sub(r"/v1/chat\b", "", one)) for one in texts)


def _place(service: Service) -> At:
    test = service.value.below(("healthcheck", "test"))
    if test is None:
        return service.at_path("healthcheck")
    for value in test.items or (test,):
        found = _OLD.search(service.written(value))
        if found and not value.shared:
            start = service.value_at(value).start
            return At(value.place.file, start + found.start(), start + found.end())
    return service.value_at(test)
