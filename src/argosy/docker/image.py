"""Images that the engine has: what they are made of, and how large they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from argosy.docker.command import docker, run
from argosy.errors import DockerFailed

MAKES_A_LAYER = r"(RUN|COPY|ADD) "  # other steps do only if there are bytes: WORKDIR's new folder


@dataclass(frozen=True)
class Layer:
    """``digest`` is that of its content, unpacked: what is the same is stored and sent once.

    ``made_by`` is the line of the Dockerfile. ``size`` is in bytes, unpacked.
    """

    digest: str
    made_by: str
    size: int


@dataclass(frozen=True)
class Image:
    """``id`` names its content. ``layers`` are in their order, the base's first."""

    reference: str
    id: str
    layers: tuple[Layer, ...]
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """In bytes, unpacked, with its base."""
        return sum(layer.size for layer in self.layers)


async def find(reference: str) -> Image | None:
    """The image of this name or id, None where the engine has none.

    Raises `DockerFailed` if the engine does not answer.
    """
    told = await run("image", "inspect", reference)
    if told.code:
        if "No such image" in told.errors:
            return None
        raise DockerFailed(told.errors.strip(), where="docker image inspect")
    (known,) = json.loads(told.output)
    lines = (await docker(
        "image", "history", "--no-trunc", "--human=false", "--format={{json .}}", known["Id"]
    )).splitlines()  # fmt: skip
    return image(reference, known, [json.loads(line) for line in lines])


def image(reference: str, known: Mapping[str, Any], history: Sequence[Mapping[str, str]]) -> Image:
    """Of what ``docker image inspect`` and ``docker image history`` (newest first) tell.

    The history does not say which of its steps have made a layer, so that is told by the step; of a
    base whose steps cannot be told so, all is one layer, with the digest of the highest.
    """
    digests: list[str] = list(known["RootFS"]["Layers"])
    steps = [
        (made_by.removesuffix(" # buildkit"), size)
        for made_by, size in ((one["CreatedBy"], int(one["Size"])) for one in reversed(history))
        if size or re.match(MAKES_A_LAYER, made_by)
    ]
    while len(steps) > len(digests):
        steps[:2] = [("", steps[0][1] + steps[1][1])]
    digests = digests[len(digests) - len(steps) :]
    labels = known["Config"].get("Labels") or {}
    layers = tuple(Layer(digest, *step) for digest, step in zip(digests, steps, strict=True))
    return Image(reference, known["Id"], layers, labels)


async def digests(references: Iterable[str]) -> dict[str, str]:
    """By which digest the engine knows each of these images, where it does."""
    found = {}
    for reference in references:
        told = await run("image", "inspect", "--format={{json .RepoDigests}}", reference)
        if told.code == 0 and (known := json.loads(told.output)):
            found[reference] = re.sub(r"^.*@", "", known[0])
    return found
