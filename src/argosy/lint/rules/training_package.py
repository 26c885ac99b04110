"""A serving image installs what only training needs

Notebooks, experiment trackers, loops and plots come with dozens of packages of their own. What the
serving code imports is left alone.

Why:
    They make the image larger, slower to import, and a target for whoever looks for holes.

Example:
    tensorboard==2.18.0

Instead:
    # requirements-train.txt holds it; the image installs requirements.txt

Source:
    Lists of packages with what they are for: `argosy build --report` shows what they cost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from argosy.edits import Edit
from argosy.images.training_only import REASONS
from argosy.lint.finding import Finding
from argosy.lint.project.image import Image
from argosy.lint.project.install import Install
from argosy.lint.project.package import Package
from argosy.lint.project.project import Project
from argosy.lint.project.pyproject import PIPFILE

CODE = "AI110"
SEVERITY = "warning"
FIX = "unsafe"

_STEP = "Keep such packages in a list of their own, for training."
_STEP_OF_CATEGORY = "Leave the category out: `pipenv sync --categories packages`."
_STEP_OF_GROUP = (
    "Leave the group out: `uv sync --no-group {}`, `poetry install --without {}`, "
    "`pdm sync --prod`."
)

# Serving needs them often enough: loading with `device_map`, unmerged adapters, Ray Serve.
_SERVES_TOO = {"accelerate", "peft", "ray", "datasets", "lightning", "pytorch-lightning"}
_FOR_OTHERS = re.compile(r"(^|[-_.])(dev|test|tests|train|training|lint|docs|notebooks?)([-_.]|$)")
_IMPORTS = {"comet-ml": "comet_ml", "hydra-core": "hydra", "ipython": "IPython"}


def check(project: Project) -> Iterator[Finding]:
    """What RUN installs, one finding each, and the lines of requirements files."""
    used = _used(project)
    seen: set[object] = set()
    run: set[Package] = set()
    for image in project.images:
        own = _run_by(image)
        run |= own
        for install in image.installs:
            found = [
                one for one in install.packages if _is_for_training(one, used) and one not in own
            ]
            key = (image.file, install.command.span.start)
            if found and key not in seen:
                seen.add(key)
                fix = _without_words(install, found)
                yield Finding(found[0].at, _what(found), _STEP, fix=fix)
    installed = {one.file for image in project.images for one in image.requirements.values()}
    for named in project.requirements:
        is_for_others = named.file not in installed and _FOR_OTHERS.search(named.file.stem)
        for one in named.packages if not is_for_others else ():
            if not _is_for_training(one, used) or one in run:
                continue
            key = (one.at.file, one.at.start)
            if key not in seen:
                seen.add(key)
                yield Finding(one.at, _what([one]), _step(one), fix=_without_line(project, one))


def _used(project: Project) -> frozenset[str]:
    """What programs import that are not there for training."""
    serving = (one for one in project.programs if not _FOR_OTHERS.search(one.file.stem))
    return frozenset(name for one in serving for name in one.imports)


def _is_for_training(package: Package, used: frozenset[str]) -> bool:
    if package.name not in REASONS or package.name in _SERVES_TOO:
        return False
    return _IMPORTS.get(package.name, package.name.replace("-", "_")) not in used


def _what(packages: Sequence[Package]) -> str:
    told = [f"`{one.name}` ({REASONS[one.name]})" for one in packages]
    listed = f"{', '.join(told[:-1])} and {told[-1]}" if told[1:] else told[0]
    return f"serving does not need {listed}"


def _step(package: Package) -> str:
    if not package.group:
        return _STEP
    is_of_pipenv = package.at.file.name == PIPFILE
    return _STEP_OF_CATEGORY if is_of_pipenv else _STEP_OF_GROUP.replace("{}", package.group)


def _run_by(image: Image) -> frozenset[Package]:
    """The packages that the image is there for."""
    words = {one.text for one in image.command}
    return frozenset(one for one in image.packages if one.name in words)


def _without_words(install: Install, found: Sequence[Package]) -> tuple[Edit, ...]:
    """Words of a command away, if it still installs something without them."""
    is_all = len(found) == len(install.packages) and not install.files
    if is_all or install.instruction.form == "exec":
        return ()
    words = [one.span for one in install.command.words]
    places = {one.at.start for one in found}
    edits: list[Edit] = []
    index = 0
    while index < len(words):
        first = index
        while index < len(words) and words[index].start in places:
            index += 1
        if index == first:
            index += 1
        elif index < len(words):
            edits.append(Edit(found[0].at.file, words[first].start, words[index].start, ""))
        else:
            edits.append(Edit(found[0].at.file, words[first - 1].end, words[index - 1].end, ""))
    return tuple(edits)


def _without_line(project: Project, package: Package) -> tuple[Edit, ...]:
    """A line of a requirements file away, where the package has it for itself."""
    at = package.at
    source = project.sources.get(at.file)
    if source is None or at.file.suffix != ".txt":
        return ()
    line, column = source.position(at.start)
    last, _ = source.position(at.end)
    text = source.line(line)
    if text.rstrip().endswith("\\") or last != line or text[: column - 1].strip():
        return ()
    end = source.index(line + 1) if line < source.line_count else len(source.text)
    return (Edit(at.file, source.index(line), end, ""),)
