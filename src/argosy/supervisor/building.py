"""Images of the revisions that `up` would declare, whether or not the stack runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from argosy import find
from argosy.docker.image import Image
from argosy.errors import UsageError
from argosy.images import build, contents, layout, report
from argosy.images.report import Report
from argosy.stack.model import Stack
from argosy.stack.revision import Revision
from argosy.supervisor.declare import declare
from argosy.supervisor.store import open_store

Progress = Callable[[str, str], None]


@dataclass(frozen=True)
class Built:
    """The image of one revision. ``folder`` is what it was built from."""

    revision: Revision
    image: Image
    folder: Path

    def as_data(self) -> dict[str, Any]:
        """As `argosy build --json` tells it."""
        return {
            "model": self.revision.model.name,
            "revision": self.revision.number,
            "image": self.image.reference,
            "id": self.image.id,
            "size": self.image.size,
            "layers": [
                {"name": layout.name_of(one.made_by), "digest": one.digest, "size": one.size}
                for one in self.image.layers
            ],
            "folder": str(self.folder),
        }


async def build_images(stack: Stack, models: Collection[str], progress: Progress) -> list[Built]:
    """The images of these models, or of all, one after the other.

    In this order each finds the layers that it shares with those before. Raises `ArgosyError`.
    """
    built = []
    for revision in await revisions(stack, models, progress):
        folder = build_folder(stack, revision)
        say = _saying(revision, progress)
        image = await build.build(revision, stack.name, folder, say)
        built.append(Built(revision, image, folder))
    return built


async def report_images(built: Sequence[Built]) -> tuple[Report, ...]:
    """What these images of one stack consist of. Raises `DockerFailed`."""
    images = {one.revision.model.name: one.image for one in built}
    packages = {name: await contents.packages(one.reference) for name, one in images.items()}
    budgets = {one.revision.model.name: one.revision.model.image.max_size for one in built}
    return report.reports(images, packages, budgets)


async def dockerfiles(stack: Stack, models: Collection[str], progress: Progress) -> list[Path]:
    """The Dockerfiles of these models, or of all, with what they are built from beside them."""
    written = []
    for revision in await revisions(stack, models, progress):
        folder = build_folder(stack, revision)
        await build.prepare(revision, folder, _saying(revision, progress))
        written.append(folder / "Dockerfile")
    return written


async def revisions(stack: Stack, models: Collection[str], progress: Progress) -> list[Revision]:
    """As `up` would declare and number them now; writes nothing to the store."""
    if unknown := sorted(set(models) - {model.name for model in stack.models}):
        names = ", ".join(model.name for model in stack.models)
        raise UsageError(
            f"no model is called {', '.join(unknown)}",
            where=str(stack.file),
            next_step=f"There are {names}.",
        )
    chosen = [model for model in stack.models if not models or model.name in models]
    state = find.writable_state_folder(stack.file)
    store = open_store(stack.file, state)
    try:
        declared = await declare(replace(stack, models=tuple(chosen)), state, store, progress)
    finally:
        store.close()
    return [one.revision for one in declared]


def build_folder(stack: Stack, revision: Revision) -> Path:
    """Where what a revision's image is built from is kept, to be read and built again."""
    return find.state_folder(stack.file) / "images" / revision.name


def _saying(revision: Revision, progress: Progress) -> Callable[[str], None]:
    return lambda text: progress(revision.model.name, text)
