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

from argosy.dockerfiles.syntax import Instruction, Stage
from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.mending import behind
from argosy.lint.project.copying import from_context
from argosy.lint.project.image import Image
from argosy.lint.project.install import Install
from argosy.lint.project.project import Project
from argosy.lint.project.weights import is_weights, is_weights_folder

CODE = "AI104"
SEVERITY = "warning"
FIX = "unsafe"

_LISTS = (
    "requirements", "pyproject.toml", "uv.lock", "poetry.lock", "setup.", "constraints", "Pipfile",
    "environment", "pdm.lock", "pylock", "package.json", "package-lock.json",
)  # fmt: skip
_CODE_FOLDERS = ("src", "app", "code", "server", "service", "api")
_WITHOUT_PROJECT = ("--no-install-project", "--no-install-workspace", "--no-root", "--no-self")
_HARMLESS = ("ENV", "ARG", "LABEL", "EXPOSE")


def check(project: Project) -> Iterator[Finding]:
    """Code before an install in one stage, and weights before code or an install."""
    for image in project.images:
        for stage in image.stages:
            copies = [one for at, one in from_context(image) if at is stage]
            installs = _installs(image, stage)
            code = next((one for one in copies if _brings_code(image, one)), None)
            late = next((one for one in installs if code and _follows(one, code)), None)
            if code is not None and late is not None:
                yield Finding(
                    image.at(code),
                    "every edit of the code installs all packages again, "
                    "because it is copied before them",
                    "Copy the list of packages, install, and copy the code after that.",
                    fix=_fix(image, stage, code, late),
                )
            weights = next((one for one in copies if _brings_weights(image, one)), None)
            if weights is None or weights is code:
                continue
            then = [one for one in copies if _brings_code(image, one) and _follows(one, weights)]
            below = [one for one in installs if _follows(one, weights)]
            if then or below:
                again = "installs all packages" if below else "builds the code's layers"
                yield Finding(
                    image.at(weights),
                    f"weights stand before what changes less often: a new model {again} again",
                    "Copy weights last, or mount them.",
                )


def _follows(one: Instruction, other: Instruction) -> bool:
    return one.span.start > other.span.start


def _installs(image: Image, stage: Stage) -> list[Instruction]:
    """What fetches packages in a stage.

    Where they were installed before without the project, what comes after is the project alone.
    """
    found: list[Instruction] = []
    is_done = any(one.stage in stage.ancestors for one in image.installs)
    by_command = {id(one.command): one for one in image.installs}
    for instruction in image.steps(stage):
        for command in instruction.commands if instruction.keyword == "RUN" else ():
            install = by_command.get(id(command))
            if install is None or _fetches_nothing(install):
                continue
            if not (install.takes_project and is_done):
                found.append(instruction)
            is_done |= not install.takes_project or any(
                one in command.arguments for one in _WITHOUT_PROJECT
            )
    return found


def _fetches_nothing(install: Install) -> bool:
    return install.option("--no-deps") is not None or install.is_export or _is_tool(install)


def _is_tool(install: Install) -> bool:
    """Whether only installers are installed: pip itself, uv, poetry."""
    names = {one.name for one in install.packages}
    return install.is_whole and names <= {
        "pip",
        "setuptools",
        "wheel",
        "uv",
        "poetry",
        "pdm",
        "pipenv",
    }


def _brings_code(image: Image, copy: Instruction) -> bool:
    """All of the context, or Python files: what is edited every day."""
    for source in copy.copies[0]:
        path = source.text.rstrip("/")
        name = path.rpartition("/")[2]
        if path in (".", "", "*", "./*"):
            return True
        if name.startswith(_LISTS) or name == "__init__.py":
            continue
        inside = [one for one, _ in image.copied(source.text)]
        if path.endswith(".py") or any(one.endswith(".py") for one in inside):
            return True
        if not inside and name in _CODE_FOLDERS:
            return True
    return False


def _brings_weights(image: Image, copy: Instruction) -> bool:
    for source in copy.copies[0]:
        inside = [one for one, _ in image.copied(source.text)]
        if source.text.rstrip("/") in (".", ""):
            continue
        if any(map(is_weights, inside)) or is_weights(source.text):
            return True
        if not inside and is_weights_folder(source.text):
            return True
    return False


def _fix(image: Image, stage: Stage, code: Instruction, late: Instruction) -> tuple[Edit, ...]:
    """Where the whole context is copied, and all packages are named by one file of it.

    What stands between the two must not need the code.
    """
    sources, target = code.copies
    text = image.dockerfile.text[code.span.start : code.span.end]
    installs = [one for one in image.installs if one.stage is stage and not _is_tool(one)]
    is_simple = len(sources) == 1 and sources[0].text.rstrip("/") in (".", "") and "\n" not in text
    if not is_simple or len(installs) != 1 or len(installs[0].files) != 1 or late.heredocs:
        return ()
    listed = installs[0].files[0].removeprefix("./")
    named = image.requirements.get(installs[0].files[0])
    if listed not in image.files or named is None or named.option("-r", "-c", "-e"):
        return ()
    if not all(_is_harmless(image, one) for one in _between(image, stage, code, late)):
        return ()
    folder = target.text if target.text.endswith("/") or target.text == "." else f"{target.text}/"
    below = listed.rpartition("/")[0]
    into = f"{folder.removesuffix('/')}/{below}/" if below else folder
    flags = "".join(
        f"{image.dockerfile.text[one.span.start : one.span.end]} " for one in code.flags
    )
    return (
        Edit(image.file, code.span.start, code.span.end, f"{code.keyword} {flags}{listed} {into}"),
        *behind(image, late, text),
    )


def _between(
    image: Image, stage: Stage, code: Instruction, late: Instruction
) -> Iterator[Instruction]:
    for one in image.steps(stage):
        if code.span.start < one.span.start < late.span.start:
            yield one


def _is_harmless(image: Image, one: Instruction) -> bool:
    tools = [install for install in image.installs if install.instruction is one]
    is_system = one.keyword == "RUN" and all(
        command.program in ("apt-get", "apt", "rm", "apk", "useradd", "mkdir")
        or any(command == tool.command and _is_tool(tool) for tool in tools)
        for command in one.commands
    )
    return one.keyword in _HARMLESS or is_system
