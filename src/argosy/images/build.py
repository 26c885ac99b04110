"""An image of a revision, built by Docker unless it is there."""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from argosy import __version__
from argosy.docker import command
from argosy.docker import image as images
from argosy.docker.image import Image
from argosy.environments import lock as locks
from argosy.environments import uv
from argosy.errors import DockerFailed, ImageFailed
from argosy.images import contents, context, dockerfile, indexes, layout, recipe
from argosy.images.recipe import Recipe
from argosy.images.report import Package
from argosy.images.telling import Telling
from argosy.stack.revision import Revision
from argosy.stack.units import megabytes, show_size

Progress = Callable[[str], None]

# A provenance would hold the time of the build, and so make every image another one.
BUILD = ("buildx", "build", "--load", "--progress=plain", "--provenance=false", "--sbom=false")
VERSION_LABEL = "argosy.version"  # another Argosy has another runner
SHOWN = 3
REASON_LINES = 12


async def build(
    revision: Revision, stack_name: str, folder: Path, progress: Progress = lambda _: None
) -> Image:
    """The image of ``revision``, from what is written to ``folder``.

    Raises `ImageFailed` when it cannot be built or is larger than the stack file allows; such an
    image gets no name.
    """
    reference = layout.reference(stack_name, revision)
    found = await images.find(reference)
    if found and found.labels.get(VERSION_LABEL) == __version__:
        return found
    made = await prepare(revision, folder, progress)
    identity = await _build(made, revision, stack_name, folder, progress)
    built = await images.find(identity)
    if built is None:
        raise ImageFailed("Docker has built an image and does not find it", where=reference)
    largest = revision.model.image.max_size
    if largest is not None and built.size > largest:
        packages = await contents.packages(identity)
        await command.run("image", "rm", identity)
        raise too_large(built, largest, packages, revision.name)
    await command.docker("image", "tag", identity, reference)
    return replace(built, reference=reference)


async def prepare(revision: Revision, folder: Path, progress: Progress = lambda _: None) -> Recipe:
    """Write what is built to ``folder``, its base pinned where Docker is here and knows it."""
    digests = {}
    with contextlib.suppress(DockerFailed):
        digests = await images.digests(recipe.sources(revision))
    return await context.write(revision, folder, progress, digests)


async def _build(
    made: Recipe, revision: Revision, stack_name: str, folder: Path, progress: Progress
) -> str:
    """The id of what was built."""
    lines: list[str] = []
    telling = Telling(progress)

    def follow(line: str) -> None:
        lines.append(line)
        telling.take(line)

    words = [f"--label=argosy.stack={stack_name}", f"--label={VERSION_LABEL}={__version__}"]
    words += [
        f"--build-context=find-links-{number}={place}"
        for number, place in enumerate(made.packages.find_links)
    ]
    with tempfile.TemporaryDirectory(prefix="argosy-") as place:
        metadata, secret = Path(place) / "metadata.json", Path(place) / "uv"
        words.append(f"--metadata-file={metadata}")
        if script := indexes.script(
            made.packages, locks.settings_folder(locks.read(revision.lock))
        ):
            secret.touch(0o600)
            secret.write_text(script)
            words.append(f"--secret=id=uv,src={secret}")
        ended = await command.run(
            *BUILD, *words, str(folder), say=follow,
            environment={"SOURCE_DATE_EPOCH": str(dockerfile.EPOCH)},
        )  # fmt: skip
        if ended.code:
            raise failure(lines, str(folder / "Dockerfile"))
        identity: str = json.loads(metadata.read_text())["containerimage.digest"]
    return identity


def failure(lines: list[str], where: str) -> ImageFailed:
    """What a failed build says, in words of its failing step. ``lines`` are BuildKit's own."""
    text = "\n".join(lines)
    if match := re.search(r"failed to resolve source metadata for (\S+?): ([^\n]*)", text):
        return ImageFailed(
            f"the image {match[1].removeprefix('docker.io/library/')} is not here and cannot be"
            f" pulled: {match[2]}",
            where=where,
            next_step="Check the way to its registry, or name another one as `image.base`.",
        )
    said = _said(lines)
    if "error: " in said:
        reason = uv.failed(uv.Ended(1, "", said), "the packages cannot be installed", where)
        return ImageFailed(reason.what, where=where, next_step=reason.next_step)
    last = "\n".join(said.splitlines()[-REASON_LINES:])
    return ImageFailed(f"the image cannot be built: {last}", where=where)


def _said(lines: list[str]) -> str:
    """What the failing step has printed: all of its lines, without numbers and times."""
    failed = next((match[1] for line in lines if (match := re.match(r"#(\d+) ERROR", line))), "")
    if not failed:
        return "\n".join(line for line in lines if line.startswith("ERROR"))
    said = [match[1] for line in lines if (match := re.match(rf"#{failed} [\d.]+ (.*)", line))]
    return "\n".join(said) or next(line for line in lines if line.startswith(f"#{failed} ERROR"))


def too_large(built: Image, max_size: int, packages: Sequence[Package], where: str) -> ImageFailed:
    """What makes an image larger than it may be, and what to do."""
    layers: Counter[str] = Counter()
    for layer in built.layers:
        layers[layout.name_of(layer.made_by)] += layer.size
    shown = [_largest(layers.items()), _largest((one.name, one.size) for one in packages)]
    unneeded = [one.name for one in packages if one.only_for]
    spare = f" {', '.join(unneeded)} may be for training alone." if unneeded else ""
    return ImageFailed(
        f"the image has {megabytes(built.size)}, more than its max_size of {show_size(max_size)};"
        f" the largest layers and packages: {'; '.join(one for one in shown if one)}",
        where=where,
        next_step=f"Leave packages out of its requirements, or raise image.max_size.{spare}",
    )


def _largest(sizes: Iterable[tuple[str, int]]) -> str:
    ordered = sorted(sizes, key=lambda one: -one[1])[:SHOWN]
    return ", ".join(f"{name} {megabytes(size)}" for name, size in ordered)
