"""Nothing keeps weights and caches out of a build

Without a `.dockerignore` a `COPY .` takes all of the folder: `.git`, virtual environments, caches,
checkpoints, `.env` with its secrets.

Why:
    The image grows by what nobody wanted in it, and each run of the program before a build makes
    it a new layer.

Example:
    COPY . .

Instead:
    # .dockerignore
    .git
    .venv
    **/__pycache__
    .env
    models/
    **/*.safetensors

Source:
    Docker documentation, build context, .dockerignore files. The fix names what no build needs;
    what is there and may be in use (weights, `.env`) is left to you.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from argosy.dockerfiles.syntax import Instruction
from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.project.copying import from_context
from argosy.lint.project.ignored import is_ignored
from argosy.lint.project.image import Image, matched
from argosy.lint.project.project import Project
from argosy.lint.project.weights import is_weights

CODE = "AI105"
SEVERITY = "warning"
FIX = "safe"

_NEVER_WANTED = (
    ".git", ".venv", "venv", "**/__pycache__", "**/*.pyc", "**/.ipynb_checkpoints",
)  # fmt: skip
_MAYBE_IN_USE = (
    "**/.cache", "**/node_modules", "wandb", "mlruns", "**/.env", "**/*.safetensors", "**/*.gguf",
    "**/*.pt", "**/*.pth", "**/*.ckpt",
)  # fmt: skip
_LEFT = re.compile(
    r"(?:.*/)?(?:__pycache__|\.git|\.venv|venv|\.cache|\.ipynb_checkpoints|wandb|mlruns"
    r"|node_modules|\.env)(?=/|$)"
)
_MOST_TOLD = 4


def check(project: Project) -> Iterator[Finding]:
    """Images that copy a folder of their context, wherever in the build."""
    for image in project.images:
        copies = [one for _, one in from_context(image) if _folders(image, one)]
        if image.folder is None or not copies:
            continue
        if image.ignored is None:
            folders = [one for copy in copies for one in _folders(image, copy)]
            told = "the whole context" if "." in folders else f"`{folders[0]}`"
            yield Finding(
                image.at(copies[0]),
                f"there is no .dockerignore, so {told} is copied with all that lies in it",
                "Write one that keeps out `.git`, environments, caches, `.env` and weights.",
                fix=_fix(image, copies),
            )
        elif left := _left(image, copies):
            names = ", ".join(f"`{one}`" for one in left[:_MOST_TOLD])
            more = f" and {len(left) - _MOST_TOLD} more" if len(left) > _MOST_TOLD else ""
            yield Finding(
                image.at(copies[0]),
                f"the .dockerignore lets {names}{more} into the build",
                "Name them in it.",
                fix=_fix(image, copies),
            )


def _folders(image: Image, copy: Instruction) -> list[str]:
    """The folders that it copies, as they are named; ``.`` for the context."""
    found = []
    for source in copy.copies[0]:
        name = source.text.strip("/") or "."
        if re.match(r"[a-z]+://|git@|<<", source.text):
            continue
        if matched("", name) == "":
            found.append(".")
        elif source.text.endswith("/") or any(
            (base := matched(one, name)) is not None and base != one for one in image.files
        ):
            found.append(source.text)
    return found


def _left(image: Image, copies: list[Instruction]) -> list[str]:
    """What nobody wants in an image and is not kept out, each folder once.

    Weights count where all of the context is copied: who names their folder wants them.
    """
    folders = [one for copy in copies for one in _folders(image, copy)]
    found: dict[str, None] = {}
    for name in (*image.closed, *image.files):
        unwanted = _LEFT.match(name)
        is_loose = "." in folders and is_weights(name)
        if not unwanted and not is_loose:
            continue
        if is_ignored(name, image.ignored or ()):
            continue
        if any(matched(name, one) not in (None, name) for one in folders):
            found[unwanted[0] if unwanted else name] = None
    return list(found)


def _fix(image: Image, copies: list[Instruction]) -> tuple[Edit, ...]:
    """Lines for what no build needs.

    What is there and may be in use is left to its owner: weights, ``.env``, caches that
    a program may read, and ``.git`` where a version may be read from it.
    """
    assert image.folder is not None
    named = {
        posixpath.normpath(source.text.strip("/"))
        for _, copy in from_context(image)
        for source in copy.copies[0]
    }
    present = [*image.files, *image.closed, *named]
    kept = [
        *(one for one in _NEVER_WANTED if not _fits(one, named)),
        *(one for one in _MAYBE_IN_USE if not _fits(one, present)),
    ]
    if any(one.takes_project for one in image.installs) or _runs_git(image):
        kept = [one for one in kept if one != ".git"]
    if image.ignored is not None:
        left = _left(image, copies)
        kept = [one for one in kept if _fits(one, left)]
    file = image.ignore_file
    if not kept or file is None:
        return ()
    text = image.ignore_text or ""
    start = "\n" if text and not text.endswith("\n") else ""
    return (Edit(file, len(text), len(text), start + "".join(f"{line}\n" for line in kept)),)


def _fits(line: str, names: Iterable[str]) -> bool:
    return any(is_ignored(name, (line,)) for name in names)


def _runs_git(image: Image) -> bool:
    return any(
        command.program == "git"
        for stage in image.stages
        for one in image.steps(stage)
        for command in one.commands
    )
