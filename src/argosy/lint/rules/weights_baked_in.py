"""Weights are copied into an image

Every build of the code then carries them along, and every pull fetches them again.

Why:
    A change of one line pushes and pulls gigabytes, the build's machine runs out of disk, and a new
    model needs a new image. Mounted, the same weights serve every version of the code. Below
    100 MB it is a matter of taste, and a warning.

Example:
    COPY llama.safetensors /models/

Instead:
    # compose.yaml
    volumes: ["./models:/models:ro"]

Source:
    The checklist's first rule; Argosy mounts weights read-only, addressed by content.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.dockerfiles.syntax import Instruction
from argosy.lint.finding import Finding, Severity
from argosy.lint.project.image import Image, flag
from argosy.lint.project.project import Project
from argosy.lint.project.weights import is_small_kind, is_weights, is_weights_folder

CODE = "AI101"
SEVERITY = "error"


def check(project: Project) -> Iterator[Finding]:
    """COPY and ADD of the context's files in the image that is kept."""
    for image in project.images:
        for instruction in image.instructions:
            if instruction.keyword not in ("COPY", "ADD") or flag(instruction, "from"):
                continue
            found = _weights(image, instruction)
            if found is None:
                continue
            name, size = found
            severity = _severity(name, size, project.thresholds.small_weights)
            told = f" ({size / 1e6:,.0f} MB)" if size else ""
            yield Finding(
                image.at(instruction),
                f"`{name}`{told} goes into the image, and along with every build",
                "Mount weights as a volume, read-only.",
                severity=severity,
            )


def _weights(image: Image, instruction: Instruction) -> tuple[str, int | None] | None:
    """The largest weights that an instruction copies; the size is None where it is not known."""
    sources, _ = instruction.copies
    known = [
        (name, size)
        for source in sources
        for name, size in image.copied(source.text)
        if is_weights(name)
    ]
    if known:
        total = sum(size for _, size in known)
        return max(known, key=lambda one: one[1])[0], total
    for source in sources:
        is_there = any(True for _ in image.inside(source.text))
        named = is_weights(source.text) or (is_weights_folder(source.text) and not is_there)
        if named and not (is_there and is_weights_folder(source.text)):
            return source.text, None
    return None


def _severity(name: str, size: int | None, small: int) -> Severity:
    is_small = is_small_kind(name) if size is None else size < small
    return "warning" if is_small else "error"
