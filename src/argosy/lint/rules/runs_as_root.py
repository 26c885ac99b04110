"""An image runs as root

Whatever breaks out of the model's process owns the container, and what is mounted into it.

Why:
    Models parse what strangers send, with libraries in C; pickled weights run code. A user of its
    own costs nothing.

Example:
    FROM python:3.12-slim
    CMD ["python", "serve.py"]

Instead:
    FROM python:3.12-slim
    RUN useradd --create-home app
    USER app
    CMD ["python", "serve.py"]

Source:
    Docker documentation, building best practices, USER.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.mending import before
from argosy.lint.project.image import Image
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service

CODE = "AI405"
SEVERITY = "warning"
FIX = "unsafe"

_ROOT = re.compile(r"(root|0)?(:.*)?")
# Bases that set a user of their own.
_OTHERS = re.compile(
    r".*nonroot.*|nvcr\.io/nim/.*|(.*/)?jupyter/.*|(.*/)?bitnami/.*|.*ubi\d?/.*python.*"
)


def check(project: Project) -> Iterator[Finding]:
    """The last USER of what is built, unless every service that runs it says otherwise."""
    for image in project.images:
        found = image.stage.last("USER")
        if not _ROOT.fullmatch(image.user) or (
            found is None and _OTHERS.fullmatch(image.base.text)
        ):
            continue
        services = project.services_of(image)
        if services and all(_has_user(one) for one in services):
            continue
        yield Finding(
            image.at(found or image.stage),
            "this image runs as root",
            "Add `RUN useradd --create-home app` and `USER app` before what it runs.",
            fix=_fix(image) if found is None else (),
        )


def _has_user(service: Service) -> bool:
    return service.has("user") and not _ROOT.fullmatch(service.text("user"))


def _fix(image: Image) -> tuple[Edit, ...]:
    last = [one for one in image.stage.instructions if one.keyword in ("CMD", "ENTRYPOINT")]
    if not last or "alpine" in image.base.text:
        return ()
    return before(image, last[0], "RUN useradd --create-home app\nUSER app")
