"""Nothing keeps weights and caches out of a build

Without a `.dockerignore` a `COPY .` takes all of the folder: `.git`, virtual environments, caches,
checkpoints, `.env` with its secrets.

Why:
    The image grows by what nobody wanted in it, and each run of the program before a build makes
    it a new layer.

Example:
    COPY . .            # and no .dockerignore

Instead:
    # .dockerignore
    .git
    .venv
    __pycache__
    .env
    models/
    *.safetensors

Source:
    Docker documentation, build context, .dockerignore files.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from argosy.dockerfiles.syntax import Instruction
from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.project.image import Image, flag
from argosy.lint.project.project import Project
from argosy.lint.project.weights import is_weights

CODE = "AI105"
SEVERITY = "warning"
FIX = "safe"

LINES = (
    ".git", ".venv", "venv", "**/__pycache__", "**/*.pyc", ".cache", ".env", "*.safetensors",
    "*.gguf",
    "*.pt", "*.pth", "*.ckpt",
)  # fmt: skip
_CACHES = re.compile(
    r"(.*/)?(__pycache__|\.git|\.venv|\.cache|\.ipynb_checkpoints|wandb|mlruns|node_modules)(/.*)?|(.*/)?\.env"
)


def check(project: Project) -> Iterator[Finding]:
    """Images that copy a folder of their context, wherever in the build."""
    for image in project.images:
        copies = [
            one for stage in image.stages for one in stage.instructions if _is_folder(image, one)
        ]
        if image.folder is None or not copies:
            continue
        if image.ignored is None:
            yield Finding(
                image.at(copies[0]),
                f"there is no .dockerignore in {image.folder.name or 'the context'}/, so "
                "everything there is copied",
                "Write one that keeps out `.git`, environments, caches, `.env` and weights.",
                fix=_fix(image),
            )
            continue
        left = [
            name
            for copy in copies
            for source in copy.copies[0]
            for name, _ in image.copied(source.text, whole=True)
            if _CACHES.fullmatch(name) or is_weights(name)
        ]
        if left:
            names = ", ".join(
                f"`{one}`" for one in dict.fromkeys(_short(name) for name in left[:50])
            )
            yield Finding(
                image.at(copies[0]),
                f"the .dockerignore lets {names} into the build",
                "Add them to it.",
            )


def _is_folder(image: Image, one: Instruction) -> bool:
    if one.keyword not in ("COPY", "ADD") or flag(one, "from"):
        return False
    return any(_is_whole(image, source.text) for source in one.copies[0])


def _is_whole(image: Image, source: str) -> bool:
    name = posixpath.normpath(source.lstrip("/")) if source else "."
    if re.match(r"https?://|<<", source):
        return False
    is_below = any(one.startswith(f"{name}/") for one in image.files)
    return name == "." or source.endswith("/") or is_below


def _short(name: str) -> str:
    found = _CACHES.fullmatch(name)
    return f"{found[1] or ''}{found[2]}" if found and found[2] else name


def _fix(image: Image) -> tuple[Edit, ...]:
    assert image.folder is not None
    text = "".join(f"{line}\n" for line in LINES)
    return (Edit(image.folder / ".dockerignore", 0, 0, text),)
