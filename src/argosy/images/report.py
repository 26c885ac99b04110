"""What images consist of and what they share, by size. Pure.

Sizes are bytes, unpacked. A layer with the same digest is stored once, however many images have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from argosy.docker.image import Image
from argosy.environments.requirements import normal
from argosy.images import layout, training_only


@dataclass(frozen=True)
class Package:
    """What is installed in ``/environment``. ``only_for`` says what training uses it for."""

    name: str
    version: str
    size: int

    @property
    def only_for(self) -> str:
        """Empty for what serving may need."""
        return training_only.REASONS.get(normal(self.name), "")


@dataclass(frozen=True)
class LayerPart:
    """A layer, or all of the base's as one. ``models`` have it too."""

    name: str
    digest: str
    size: int
    models: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """One image. ``budget`` is the model's ``image.max_size``; ``packages`` the largest first."""

    model: str
    image: str
    size: int
    budget: int | None
    layers: tuple[LayerPart, ...]
    packages: tuple[Package, ...]

    @property
    def training_only(self) -> tuple[Package, ...]:
        """What could be left out."""
        return tuple(one for one in self.packages if one.only_for)

    def as_data(self) -> dict[str, Any]:
        """As `argosy build --report --json` tells it."""
        unneeded = [{**asdict(one), "reason": one.only_for} for one in self.training_only]
        return {**asdict(self), "training_only": unneeded}


def reports(
    images: Mapping[str, Image],
    packages: Mapping[str, Sequence[Package]],
    budgets: Mapping[str, int | None],
) -> tuple[Report, ...]:
    """Of each model, by its name, what its image consists of and with whom it shares it."""
    parts = {model: _parts(image) for model, image in images.items()}
    return tuple(
        Report(
            model,
            image.reference,
            image.size,
            budgets.get(model),
            tuple(
                LayerPart(name, digest, size, _others(digest, model, parts))
                for name, digest, size in parts[model]
            ),
            tuple(sorted(packages.get(model, ()), key=lambda one: (-one.size, one.name))),
        )
        for model, image in images.items()
    )


def stored(images: Iterable[Image]) -> int:
    """What all of them take together: what they share counts once."""
    return sum({one.digest: one.size for image in images for one in image.layers}.values())


def _parts(image: Image) -> list[tuple[str, str, int]]:
    """Name, digest and size of each layer of ours, after those of the base as one."""
    base = [one for one in image.layers if layout.name_of(one.made_by) == layout.BASE]
    first = [(layout.BASE, base[-1].digest, sum(one.size for one in base))] if base else []
    ours = [one for one in image.layers if one not in base]
    return [*first, *((layout.name_of(one.made_by), one.digest, one.size) for one in ours)]


def _others(
    digest: str, model: str, parts: Mapping[str, Sequence[tuple[str, str, int]]]
) -> tuple[str, ...]:
    return tuple(
        other
        for other, found in parts.items()
        if other != model and any(part[1] == digest for part in found)
    )
