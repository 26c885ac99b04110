"""What COPY and ADD bring into an image, and where it lies there. No I/O here.

A file may come by way of a stage that is not kept: `COPY . /app` there, `COPY --from` here.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from argosy.dockerfiles.syntax import Instruction, Stage
from argosy.lint.project.image import Image, flag, matched

_MOST_PLACES = 1000


@dataclass(frozen=True)
class Copied:
    """A file of the context, of ``size`` bytes."""

    name: str
    size: int


def from_context(image: Image) -> Iterator[tuple[Stage, Instruction]]:
    """Every COPY and ADD of the build's context, of all stages that take part."""
    for stage in image.stages:
        for one in image.steps(stage):
            if one.keyword in ("COPY", "ADD") and not flag(one, "from"):
                yield stage, one


def kept_files(
    image: Image,
    stage: Stage,
    instruction: Instruction,
    is_wanted: Callable[[str], bool] = lambda _: True,
) -> Iterator[Copied]:
    """What an instruction brings that is in the image at the end, each file once.

    To follow a file takes time: only those with a wanted name are followed.
    """
    seen: set[str] = set()
    is_own = stage in (image.stage, *image.stage.ancestors)
    for source in instruction.copies[0]:
        for name, size in image.copied(source.text):
            if name in seen or not is_wanted(name):
                continue
            place = "" if is_own else place_of(stage, instruction, source.text, name)
            if is_own or is_kept(image, stage, place):
                seen.add(name)
                yield Copied(name, size)


def place_of(stage: Stage, instruction: Instruction, source: str, name: str) -> str:
    """Where a file that a source names comes to lie."""
    sources, target = instruction.copies
    folder = posixpath.join(workdir(stage, instruction), target.text)
    base = matched(name, source)
    below = posixpath.relpath(name, base or ".")
    if below == ".":
        is_folder = target.text.endswith(("/", ".")) or len(sources) > 1
        below = posixpath.basename(name) if is_folder else ""
    return posixpath.normpath(posixpath.join(folder, below))


def workdir(stage: Stage, instruction: Instruction) -> str:
    """The folder in which an instruction stands; ``/`` where only the base image knows."""
    found = "/"
    for one in stage.lineage:
        if one is instruction:
            break
        if one.keyword == "WORKDIR" and one.words and not one.onbuild:
            found = posixpath.join(found, one.words[0].text)
    return found


def is_kept(image: Image, stage: Stage, place: str) -> bool:
    """Whether what lies at a place of a stage is in the image at the end."""
    return next(places_kept(image, stage, place), None) is not None


def places_kept(image: Image, stage: Stage, place: str) -> Iterator[str]:
    """Where in the image that is kept lies what lies at a place of a stage."""
    waiting = [(stage, place)]
    seen: set[tuple[int, str]] = set()
    while waiting:
        stage, place = waiting.pop()
        if (stage.index, place) in seen:
            continue
        seen.add((stage.index, place))
        if stage in (image.stage, *image.stage.ancestors):
            yield place
        waiting += [
            (other, moved)
            for other in image.stages
            for moved in _moved(image, stage, other, place)
            if len(seen) < _MOST_PLACES
        ]


def _moved(image: Image, stage: Stage, other: Stage, place: str) -> Iterator[str]:
    """Where another stage has what lies at a place of this one."""
    if other.parent is stage:
        yield place
    for one in image.steps(other):
        source = flag(one, "from") if one.keyword == "COPY" else ""
        if not source or image.dockerfile.stage(source) is not stage:
            continue
        sources, target = one.copies
        for named in sources:
            path = posixpath.normpath(posixpath.join("/", named.text))
            base = matched(place.lstrip("/"), path.lstrip("/"))
            if base is not None:
                below = posixpath.relpath(place, f"/{base}")
                folder = posixpath.join(workdir(other, one), target.text)
                yield posixpath.normpath(posixpath.join(folder, "" if below == "." else below))
