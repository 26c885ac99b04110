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
from argosy.lint.finding import At, Finding
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
    """At the USER, at the service of an image without one, or at the FROM of an image alone."""
    for image in project.images:
        services = project.services_of(image)
        for service in services:
            if service.has("user") and _ROOT.fullmatch(service.text("user")):
                yield _found(service.at_path("user"), service)
        bare = [one for one in services if not one.has("user")]
        found = image.stage.last("USER")
        is_other = found is None and bool(_OTHERS.fullmatch(image.base.text))
        if not _ROOT.fullmatch(image.user) or is_other or (services and not bare):
            continue
        if found is not None or not services:
            fix = _fix(image) if found is None else ()
            yield _found(image.at(found or image.stage), fix=fix)
            continue
        for service in bare:
            yield _found(service.at_path("build"), service, _fix(image))


def _found(at: At, service: Service | None = None, fix: tuple[Edit, ...] = ()) -> Finding:
    return Finding(
        at,
        f"`{service.name}` runs as root" if service is not None else "this image runs as root",
        "Add `RUN useradd --create-home app` and `USER app` before what it runs.",
        service.name if service is not None else "",
        fix=fix,
    )


def _fix(image: Image) -> tuple[Edit, ...]:
    last = [one for one in image.stage.instructions if one.keyword in ("CMD", "ENTRYPOINT")]
    if not last or "alpine" in image.base.text:
        return ()
    return before(image, last[0], "RUN useradd --create-home app\nUSER app")
