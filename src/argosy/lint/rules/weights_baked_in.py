"""Weights are copied into an image

Every build of the code then carries them along, and every pull fetches them again. It makes no
difference whether they come directly or by way of another stage.

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
    Docker documentation, build cache and volumes. Argosy mounts weights read-only, addressed by
    content.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from argosy.dockerfiles.syntax import Instruction, Stage
from argosy.edits import Edit
from argosy.lint.finding import Finding, Severity
from argosy.lint.mending import with_item
from argosy.lint.project.amounts import told_size
from argosy.lint.project.copying import from_context, is_kept, kept_files, place_of
from argosy.lint.project.image import Image, matched
from argosy.lint.project.project import Project
from argosy.lint.project.weights import is_small_kind, is_weights, is_weights_folder

CODE = "AI101"
SEVERITY = "error"
FIX = "unsafe"


def check(project: Project) -> Iterator[Finding]:
    """COPY and ADD, as far as what they bring is in the image that is kept."""
    for image in project.images:
        for stage, instruction in from_context(image):
            found = _known(image, stage, instruction) or _named(image, stage, instruction)
            if found is None:
                continue
            told, size, is_small = found
            severity: Severity = "error"
            if is_small if size is None else size < project.thresholds.small_weights:
                severity = "warning"
            verb = "go" if " and " in told else "goes"
            size_told = f" ({told_size(size)})" if size is not None else ""
            yield Finding(
                image.at(instruction),
                f"{told}{size_told} {verb} into the image, and along with every build and pull",
                "Mount weights as a volume, read-only.",
                severity=severity,
                fix=_fix(project, image, stage, instruction),
            )


def _known(
    image: Image, stage: Stage, instruction: Instruction
) -> tuple[str, int | None, bool] | None:
    """The weights below the context that an instruction copies: names, bytes, whether small."""
    found = [*kept_files(image, stage, instruction, is_weights)]
    if not found:
        return None
    largest = max(found, key=lambda one: one.size).name
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"`{largest}`{more}", sum(one.size for one in found), False


def _named(
    image: Image, stage: Stage, instruction: Instruction
) -> tuple[str, int | None, bool] | None:
    """What is weights by its name, where it is not here to be looked at."""
    for source in instruction.copies[0]:
        name = source.text
        is_here = any(True for _ in image.inside(name))
        is_folder = is_weights_folder(name) and not re.match(r"[a-z]+://", name)
        if is_here or not (is_weights(name) or is_folder):
            continue
        base = posixpath.normpath(name.strip("/"))
        if is_kept(image, stage, place_of(stage, instruction, name, base)):
            return f"`{name}`", None, is_small_kind(name)
    return None


def _fix(
    project: Project, image: Image, stage: Stage, instruction: Instruction
) -> tuple[Edit, ...]:
    """Each service that is built from it mounts the files, and the instruction goes.

    Only where it copies nothing but weights that lie here, each named or in a folder of its own.
    """
    services = project.services_of(image)
    files = [*kept_files(image, stage, instruction)]
    is_own = stage in (image.stage, *image.stage.ancestors)
    if not services or not files or not is_own or image.folder is None:
        return ()
    if not all(is_weights(one.name) for one in files):
        return ()
    mounts: dict[str, str] = {}
    for source in instruction.copies[0]:
        if re.search(r"[*?\[]", source.text) or matched("", source.text) == "":
            return ()
        base = source.text.strip("/").removeprefix("./")
        if base in image.files:
            mounts[base] = place_of(stage, instruction, source.text, base)
        else:
            inside = place_of(stage, instruction, source.text, f"{base}/x")
            mounts[base] = posixpath.dirname(inside)
    edits = [Edit(image.file, *_lines(image, instruction), "")]
    for service in services:
        folder = service.compose.folder_of(service.value)
        for base, place in mounts.items():
            path = Path(os.path.relpath(image.folder / base, folder)).as_posix()
            prefix = "" if path.startswith("..") else "./"
            mount = f"{prefix}{path}:{place}:ro"
            added = with_item(service, "volumes", mount) if len(mounts) == 1 else ()
            if not added:
                return ()
            edits += added
    return tuple(edits)


def _lines(image: Image, instruction: Instruction) -> tuple[int, int]:
    """From the instruction's beginning to that of the next line."""
    text = image.dockerfile.text
    end = text.find("\n", instruction.span.end)
    return instruction.span.start, len(text) if end < 0 else end + 1
