"""A model's image has no version

`latest`, or no tag, is another image on another day.

Why:
    A restart brings a new engine with new defaults, and two machines run different ones. What
    worked yesterday cannot be started again.

Example:
    image: vllm/vllm-openai:latest

Instead:
    image: vllm/vllm-openai:v0.11.0

Source:
    hadolint DL3006 and DL3007. A digest (`@sha256:…`) pins it for good.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.lint.finding import At, Finding
from argosy.lint.project.known_images import KnownImage
from argosy.lint.project.project import Project

CODE = "AI409"
SEVERITY = "warning"

_MOVING = re.compile(r"(latest|main|master|nightly|dev|edge|stable)(-.*)?|.*-(latest|nightly)")
STEP = "Name a version, or a digest."


def check(project: Project) -> Iterator[Finding]:
    """Images of model services, and the bases of the stages that make a model's image."""
    for service in project.services:
        value = service.value.below(("image",))
        if value is None or service.builds:
            continue
        told = service.text("image")
        if is_open(told):
            yield Finding(service.value_at(value), _what(told), STEP, service.name)
    for image in project.images:
        for stage in image.stages:
            if stage.parent is None and stage.base.text != "scratch" and is_open(stage.base.text):
                span = stage.base.span
                yield Finding(At(image.file, span.start, span.end), _what(stage.base.text), STEP)


def is_open(told: str) -> bool:
    """Whether an image's name is another image on another day."""
    image = KnownImage(told)
    if not told or image.digest or "$" in told.rpartition("/")[2]:
        return False
    return not image.tag or bool(_MOVING.fullmatch(image.tag))


def _what(told: str) -> str:
    return f"`{told}` is another image on another day"
