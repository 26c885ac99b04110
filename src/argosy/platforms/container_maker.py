"""Making the containers of a Compose project: all that are missing at once, by Docker Compose.

Where that fails it is done one by one, as what cannot be made shall not stop the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from ruamel.yaml import YAML

from argosy import secrets
from argosy.compose import project
from argosy.compose.project import Running
from argosy.docker.command import docker, run
from argosy.docker.engine import Engine
from argosy.errors import ArgosyError, DockerFailed
from argosy.images import context, layout
from argosy.platforms.platform import ColdStarts
from argosy.stack.model import Stack
from argosy.stack.revision import Revision
from argosy_runner import settings as runner

Thing = TypeVar("Thing")

COMPANION_SECONDS = 600
NEXT_STEPS = {
    'device driver "nvidia"': "Docker cannot give GPUs away here: `argosy doctor` says what to do.",
    "port is already allocated": "Choose another in `services`, or stop who has it.",
    "pull access denied": "Check the image's name in `services`, or `docker login`.",
}
GOING = ("is marked for removal", "removal of container", "No such container")  # Docker's words
HEAD = "# Written by Argosy for `docker compose`; `argosy export compose` writes one to keep.\n"


@dataclass(frozen=True)
class Wanted:
    """How many replicas of a revision there are to be."""

    revision: Revision
    replicas: int


class ContainerMaker:
    """Writes a project's file below ``state_folder`` and has Compose bring up what it says.

    ``run_folder`` tells projects of one name apart.
    """

    def __init__(
        self, run_folder: Path, state_folder: Path, cold_starts: ColdStarts, engine: Engine
    ) -> None:
        self._run_folder = run_folder
        self._state_folder = state_folder
        self._cold_starts = cold_starts
        self._engine = engine
        self._one_at_a_time = asyncio.Lock()  # of what makes networks
        self._companions: Mapping[str, Any] | None = None  # those that were brought up

    @property
    def file(self) -> Path:
        """The Compose file of what runs, for whoever wants to look."""
        return self._state_folder / "compose" / "compose.yaml"

    def name(self, stack: Stack) -> str:
        """Of the Compose project."""
        return project.project_name(stack.name, self._run_folder)

    def has_made_companions(self, stack: Stack) -> bool:
        """Whether its companions were brought up, and no others."""
        return self.file.exists() and self._companions == stack.services

    def write(self, stack: Stack, wanted: Iterable[Wanted]) -> None:
        """The file of the project. Raises `OSError`."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        running = [self._running(stack, one) for one in wanted if one.replicas]
        names = {name for one in running for name in one.revision.model.secrets}
        files = secrets.files(self._state_folder, names)
        temporary = self.file.with_suffix(".new")
        with temporary.open("w") as text:
            text.write(HEAD)
            YAML().dump(project.project(self.name(stack), stack, running, files), text)
        temporary.replace(self.file)

    async def make(self, stack: Stack, counts: Mapping[str, int]) -> dict[str, str]:
        """So many containers of each service; why there are not, where that fails."""

        async def up(chosen: Collection[str]) -> None:
            scales = [f"--scale={one}={counts[one]}" for one in chosen]
            options = ("--detach", "--no-deps", "--no-recreate", "--no-build")
            async with self._one_at_a_time:
                try:
                    await self._compose(stack, "up", *options, *scales, *chosen)
                except DockerFailed:
                    await self._remove_unstarted(stack)
                    raise

        return await _together_or_alone(up, sorted(counts))

    async def make_companions(self, stack: Stack, needed: Collection[str]) -> dict[str, str]:
        """Bring all companions up; those that are ``needed`` are healthy afterwards, where they can
        say so. Those that the file no longer has go. Returns why some did not come up.
        """

        async def up(chosen: Collection[str]) -> None:
            async with self._one_at_a_time:
                await self._compose(stack, "up", "--detach", "--no-deps", *chosen)

        async def up_healthy(chosen: Collection[str]) -> None:
            async with self._one_at_a_time:  # which is not held while they are waited for
                await self._compose(stack, "up", "--detach", *chosen)
            waiting = ("--wait", "--wait-timeout", str(COMPANION_SECONDS))
            await self._compose(stack, "up", "--detach", *waiting, *chosen)

        companions, reasons = stack.services, {}
        if self._companions != companions:
            for gone in set(self._companions or ()) - set(companions):
                await self._end(stack, gone)
            reasons = await _together_or_alone(up, sorted(set(companions) - set(needed)))
        reasons |= await _together_or_alone(up_healthy, sorted(needed))
        if not reasons:
            self._companions = companions
        return reasons

    async def clear(self, stack: Stack) -> None:
        """Companions and networks go; volumes stay."""
        if self.file.exists():
            await self._compose(stack, "down", "--remove-orphans")
            self.file.unlink()

    async def _remove_unstarted(self, stack: Stack) -> None:
        """What could be made and not started is made anew next time."""
        ours = f"{project.PROJECT}={self.name(stack)}"
        for one in await self._engine.containers(ours, project.MODEL):
            if one["State"]["Status"] == "created":
                await self._engine.remove(one["Id"])

    async def _end(self, stack: Stack, companion: str) -> None:
        """Of one that the file no longer has, Compose knows nothing any more."""
        ours = (f"{project.PROJECT}={self.name(stack)}", f"{project.SERVICE}={companion}")
        for container in await self._engine.containers(*ours):
            await docker("stop", container["Id"])
            await self._engine.remove(container["Id"])

    def _running(self, stack: Stack, wanted: Wanted) -> Running:
        revision = wanted.revision
        settings = self.file.with_name(f"{revision.name}.json")
        content = msgspec.json.encode(_settings(revision))
        if not settings.exists() or settings.read_bytes() != content:
            settings.write_bytes(content)
        settings.chmod(0o644)  # a container's user reads it; nobody else enters the folder
        return Running(
            revision,
            wanted.replicas,
            layout.reference(stack.name, revision),
            settings,
            self._cold_starts(revision.model.name),
        )

    async def _compose(self, stack: Stack, *words: str) -> None:
        ended = await run(
            "compose", "--project-name", self.name(stack), "--file", str(self.file),
            "--project-directory", str(stack.folder), "--progress", "quiet", *words,
        )  # fmt: skip
        if ended.code:
            said = ended.errors.strip() or f"docker compose {words[0]} exited with {ended.code}"
            step = next((step for text, step in NEXT_STEPS.items() if text in said), None)
            raise DockerFailed(said.removeprefix("Error response from daemon: "), next_step=step)


def is_passing(reason: str) -> bool:
    """Whether this is only of a container that was on its way out while Compose looked at it.

    Compose starts what it finds ended, which may be a replica that leaves and is about to be gone.
    """
    return any(words in reason for words in GOING)


async def _together_or_alone(
    act: Callable[[Collection[Thing]], Awaitable[None]], things: Collection[Thing]
) -> dict[Thing, str]:
    """Why ``act`` fails, for each of the things for which it does."""
    if not things:
        return {}
    try:
        await act(things)
    except ArgosyError as error:
        if len(things) == 1:
            return dict.fromkeys(things, str(error))
        reasons: dict[Thing, str] = {}
        for thing in things:
            reasons |= await _together_or_alone(act, [thing])
        return reasons
    return {}


def _settings(revision: Revision) -> runner.Settings:
    """What the image has, and what no image holds: the variables of the model."""
    told = {name: f"{layout.SECRETS}/{name}" for name in revision.model.secrets}
    baked = context.settings(revision)
    return msgspec.structs.replace(
        baked,
        replica=f"{revision.name}.{{hostname}}",
        env={**baked.env, **secrets.variables(told), **revision.model.env},
    )
