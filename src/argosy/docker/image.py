"""Images that the engine has: what they are made of, and how large they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from argosy.docker.command import docker, run
from argosy.errors import DockerFailed

NO_COMMAND = (
    r"(ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR) "
)


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

    The history does not say which of its steps made a layer. ``COPY`` always does, and settings
    never do; so layers are told apart down to the first other step, and the rest is one.
    """
    digests: list[str] = list(known["RootFS"]["Layers"])
    made: list[Layer] = []
    steps = [(one["CreatedBy"], int(one["Size"])) for one in history]
    while steps and digests and re.match(NO_COMMAND, steps[0][0]):
        line, size = steps.pop(0)
        if line.startswith("COPY "):
            made.insert(0, Layer(digests.pop(), line.removesuffix(" # buildkit"), size))
    rest = [Layer(digests[-1], "FROM", sum(size for _, size in steps))] if digests else []
    labels = known["Config"].get("Labels") or {}
    return Image(reference, known["Id"], (*rest, *made), labels)


async def digests(references: Iterable[str]) -> dict[str, str]:
    """By which digest the engine knows each of these images, where it does."""
    found = {}
    for reference in references:
        told = await run("image", "inspect", "--format={{json .RepoDigests}}", reference)
        if told.code == 0 and (known := json.loads(told.output)):
            found[reference] = re.sub(r"^.*@", "", known[0])
    return found
