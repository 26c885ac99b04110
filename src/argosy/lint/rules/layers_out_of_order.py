"""What changes often is copied before what changes rarely

An image is built in layers, and one that changes is built again with all below it.

Why:
    With the code above the dependencies, every edit installs all packages again: minutes, and
    gigabytes to push. The order is base, dependencies, code, and weights last, if at all.

Example:
    COPY . .
    RUN pip install -r requirements.txt

Instead:
    COPY requirements.txt .
    RUN pip install -r requirements.txt
    COPY . .

Source:
    Docker documentation, optimize cache usage: order your layers.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.dockerfiles.syntax import Instruction
from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.mending import behind
from argosy.lint.project.image import Image, Install, flag
from argosy.lint.project.project import Project
from argosy.lint.project.weights import is_weights, is_weights_folder

CODE = "AI104"
SEVERITY = "warning"
FIX = "unsafe"

_LISTS = (
    "requirements",
    "pyproject.toml",
    "uv.lock",
    "poetry.lock",
    "setup.",
    "constraints",
    "Pipfile",
    "environment",
    "pdm.lock",
    "pylock",
)


def check(project: Project) -> Iterator[Finding]:
    """Code before an install in one stage, and weights before code."""
    for image in project.images:
        for stage in image.stages:
            copies = [one for one in stage.instructions if _is_copy(one)]
            installs = [
                one for one in image.installs if one.stage.index == stage.index and _is_slow(one)
            ]
            code = next((one for one in copies if _is_code(image, one)), None)
            late = next(
                (one for one in installs if code and one.instruction.span.start > code.span.start),
                None,
            )
            if code is not None and late is not None:
                yield Finding(
                    image.at(code),
                    "every edit of the code installs all packages again, "
                    "because it is copied first",
                    "Copy the list of packages, install, and copy the code after that.",
                    fix=_fix(image, code, late),
                )
                continue
            weights = next((one for one in copies if _is_weights(one)), None)
            if weights is not None and any(
                _brings_code(image, one) and one.span.start > weights.span.start for one in copies
            ):
                yield Finding(
                    image.at(weights),
                    "weights stand before the code: a new model builds the code's layers again",
                    "Copy weights last, or mount them.",
                )


def _is_copy(one: Instruction) -> bool:
    return one.keyword in ("COPY", "ADD") and not flag(one, "from")


def _is_slow(install: Install) -> bool:
    """Whether packages are fetched; installing the project itself (``.``) has to come after."""
    words = [one.text for one in install.command.words]
    is_own = any(word in (".", "./", "-e") or word.startswith(".[") for word in words)
    without_own = "--no-deps" in words
    return not (is_own and not install.files and not install.packages) and not without_own


def _is_code(image: Image, copy: Instruction) -> bool:
    """A whole folder of the context, or Python files: what is edited every day."""
    sources = copy.copies[0]
    if any(
        source.text.rstrip("/") in (".", "./", "") or source.text in ("*", "./*")
        for source in sources
    ):
        return True
    if any(source.text.rpartition("/")[2].startswith(_LISTS) for source in sources):
        return False
    return _brings_code(image, copy)


def _brings_code(image: Image, copy: Instruction) -> bool:
    for source in copy.copies[0]:
        name = source.text.rstrip("/").rpartition("/")[2]
        if source.text.endswith(".py") or name in (
            "src",
            "app",
            "code",
            "server",
            "service",
            "api",
        ):
            return True
        if source.text.rstrip("/") in (".", ""):
            return True
        if any(one.endswith(".py") for one, _ in image.inside(source.text)):
            return True
    return False


def _is_weights(copy: Instruction) -> bool:
    return any(is_weights(one.text) or is_weights_folder(one.text) for one in copy.copies[0])


def _fix(image: Image, code: Instruction, late: Install) -> tuple[Edit, ...]:
    """Where the whole context is copied, and the packages are named by one file of it."""
    sources, target = code.copies
    is_whole = [one.text.rstrip("/") for one in sources] in (["."], [""])
    if not is_whole or len(late.files) != 1 or len(image.installs) != 1 or "\n" in code.text:
        return ()
    listed = late.files[0].lstrip("./")
    if listed not in image.files or late.instruction.heredocs:
        return ()
    text = image.dockerfile.text[code.span.start : code.span.end]
    into = target.text if target.text.endswith("/") or target.text == "." else f"{target.text}/"
    folder, slash, _ = listed.rpartition("/")
    below = f"{'./' if into == '.' else into}{folder}/" if slash else into
    first = f"{code.keyword} {listed} {below}"
    return (
        Edit(image.file, code.span.start, code.span.end, first),
        *behind(image, late.instruction, text),
    )
