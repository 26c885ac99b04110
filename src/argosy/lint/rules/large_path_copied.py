"""More than 100 MB are copied into an image at once

Data, recordings or a whole repository lie in the context and go along. What a `.dockerignore` keeps
out does not count, nor does what stays behind in a stage that is not kept.

Why:
    The layer is built, pushed and pulled again whenever one of its files changes.

Example:
    COPY data/ ./data/

Instead:
    # compose.yaml
    volumes: ["./data:/app/data:ro"]

Source:
    The checklist draws the line at about 100 MB.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.project.amounts import told_size
from argosy.lint.project.copying import from_context, kept_files
from argosy.lint.project.project import Project
from argosy.lint.project.weights import is_weights

CODE = "AI102"
SEVERITY = "error"


def check(project: Project) -> Iterator[Finding]:
    """What COPY and ADD take from the context, without what is ignored and without weights."""
    for image in project.images:
        for stage, instruction in from_context(image):
            most = sum(size for one in instruction.copies[0] for _, size in image.copied(one.text))
            if most < project.thresholds.large_path:
                continue
            found = [*kept_files(image, stage, instruction, lambda name: not is_weights(name))]
            total = sum(one.size for one in found)
            if not found or total < project.thresholds.large_path:
                continue
            largest = max(found, key=lambda one: one.size).name
            told = f", most of it `{largest}`" if len(found) > 1 else f" with `{largest}`"
            yield Finding(
                image.at(instruction),
                f"{told_size(total)} go into the image{told}",
                "Mount it, fetch it when it starts, or name it in `.dockerignore`.",
            )
