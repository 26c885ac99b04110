"""More than 100 MB are copied into an image at once

Data, checkpoints or a whole repository lie in the context and go along.

Why:
    The layer is built, pushed and pulled again whenever one of its files changes.

Example:
    COPY data/ ./data/        # 2 GB

Instead:
    # compose.yaml
    volumes: ["./data:/app/data:ro"]

Source:
    The checklist draws the line at about 100 MB.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.project.image import flag
from argosy.lint.project.project import Project
from argosy.lint.project.weights import is_weights

CODE = "AI102"
SEVERITY = "error"


def check(project: Project) -> Iterator[Finding]:
    """What COPY and ADD take from the context, without what is ignored and without weights."""
    for image in project.images:
        for instruction in image.instructions:
            if instruction.keyword not in ("COPY", "ADD") or flag(instruction, "from"):
                continue
            sizes = {
                name: size
                for source in instruction.copies[0]
                for name, size in image.copied(source.text)
                if not is_weights(name)
            }
            total = sum(sizes.values())
            if total < project.thresholds.large_path:
                continue
            largest = max(sizes, key=lambda name: sizes[name])
            yield Finding(
                image.at(instruction),
                f"{total / 1e6:,.0f} MB are copied, most of it `{largest}`",
                "Mount it, or name it in `.dockerignore`.",
            )
