"""A token has the name that huggingface_hub used to read

`HUGGING_FACE_HUB_TOKEN` still works, after `HF_TOKEN`.

Why:
    Where both are set the other one counts, and the next major version may drop the old name.

Example:
    environment:
      - HUGGING_FACE_HUB_TOKEN=${HF_TOKEN}

Instead:
    environment:
      - HF_TOKEN=${HF_TOKEN}

Source:
    huggingface_hub, `utils/_auth.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.lint.finding import At, Finding
from argosy.lint.mending import replaced
from argosy.lint.project.project import Project

CODE = "AI403"
SEVERITY = "warning"
FIX = "safe"

OLD, NEW = "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN"
WHAT = f"`{OLD}` is the old name, read only where `{NEW}` is not set"


def check(project: Project) -> Iterator[Finding]:
    """The old name, in services and in images."""
    for service in project.services:
        found = service.environment.get(OLD)
        if found is None:
            continue
        text = service.compose.texts[found.at.file]
        start = text.find(OLD, found.at.start)
        at = At(found.at.file, start, start + len(OLD))
        is_alone = start >= 0 and start < found.at.end and NEW not in service.environment
        is_passed_on = found.value is None  # the name is that of the variable outside, too
        fix = replaced(at, NEW) if is_alone and not is_passed_on else ()
        yield Finding(found.at, WHAT, f"Name it `{NEW}`.", service.name, fix=fix)
    for image in project.images:
        for stage in image.stages:
            for one in stage.instructions:
                if one.keyword in ("ENV", "ARG") and OLD in one.environment:
                    yield Finding(image.at(one), WHAT, f"Name it `{NEW}`.")
