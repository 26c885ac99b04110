"""The platform `compose`: each replica is a container of a Compose project.

It needs Docker Engine with Compose v2 on this machine. A revision is a service of the project, with
its image; companions are services too. Replicas answer at their address on their model's network.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML

from argosy import secrets
from argosy.compose import project
from argosy.compose.project import Running
from argosy.docker.command import docker, run
from argosy.docker.engine import Container, Engine, engine_socket
from argosy.errors import ArgosyError, DockerFailed
from argosy.images import build, context, layout
from argosy.platforms.platform import ColdStarts, Platform, Progress, Replica
from argosy.platforms.replica_container import ReplicaContainer
from argosy.stack.model import Stack
from argosy.stack.revision import Revision
from argosy_runner import settings as runner

Key = tuple[str, int]

FIRST_BACK_OFF = 1.0
LONGEST_BACK_OFF = 60.0
LOOK_AGAIN = 1.0  # seconds, while the engine does not answer
MEASURE_EVERY = 15.0
COMPANION_SECONDS = 600
NEXT_STEPS = {
    'device driver "nvidia"': "Docker cannot give GPUs away here: `argosy doctor` says what to do.",
    "port is already allocated": "Choose another in `services`, or stop who has it.",
    "pull access denied": "Check the image's name in `services`, or `docker login`.",
}
HEAD = "# Written by Argosy for `docker compose`; `argosy export compose` writes one to keep.\n"
log = logging.getLogger("argosy.platforms.compose")


@dataclass(frozen=True)
class Wanted:
    """How many replicas of a revision there are to be."""

    revision: Revision
    replicas: int


@dataclass(frozen=True)
class Problem:
    """Why containers of a revision could not be made, so many times."""

    reason: str
    failures: int


class ComposePlatform(Platform):
    """Replicas as containers; they outlive the supervisor and are adopted by the next."""

    def __init__(
        self,
        run_folder: Path,
        state_folder: Path,
        on_change: Callable[[], None] = lambda: None,
        cold_starts: ColdStarts = lambda _: (),
    ) -> None:
        super().__init__(run_folder, state_folder, on_change, cold_starts)
        self._folder = state_folder / "compose"
        self._wanted: dict[Key, Wanted] = {}
        self._replicas: dict[str, ReplicaContainer] = {}
        self._problems: dict[Key, Problem] = {}
        self._engine: Engine | None = None
        self._missing = asyncio.Event()
        self._changed = asyncio.Event()  # something else is missing than what failed
        self._tasks: list[asyncio.Task[None]] = []
        self._looking = asyncio.Lock()
        self._revisions: dict[Key, Revision] = {}
        self._companions: Mapping[str, object] | None = None  # those that were brought up

    @property
    def name(self) -> str:
        """Of the Compose project."""
        return project.project_name(self.stack.name, self.run_folder)

    @property
    def file(self) -> Path:
        """The Compose file of what runs, for whoever wants to look."""
        return self._folder / "compose.yaml"

    def declare(self, stack: Stack) -> None:
        """Other companions are brought up, although no replica is missing."""
        super().declare(stack)
        if self._companions is not None and self._companions != stack.services:
            self._missing.set()
            self._changed.set()

    async def adopt(self, revisions: Iterable[Revision]) -> None:
        """Take over the containers of the project; those told to go are still told so."""
        self._revisions = {(one.model.name, one.number): one for one in revisions}
        self._engine = Engine(await engine_socket())
        await self._look()
        works = (self._follow, self._create, self._measure)
        self._tasks = [asyncio.create_task(_always(work)) for work in works]
        await asyncio.gather(
            *(one.asked.wait() for one in self._replicas.values() if not one.leaving)
        )

    def observe(self) -> Sequence[Replica]:
        """In the order of model, revision, index; what cannot be made is there as waiting."""
        found = [one.observed for one in self._replicas.values()]
        missing = [one for key in self._problems for one in self._unmade(key)]
        return sorted([*found, *missing], key=lambda one: (one.model, one.revision, one.index))

    async def prepare(self, revision: Revision, progress: Progress) -> None:
        """Build the image, unless it is there."""
        folder = self.state_folder / "images" / revision.name
        await build.build(revision, self.stack.name, folder, progress)

    async def scale(self, revision: Revision, replicas: int, drain: float) -> None:
        """Have Compose make what is missing; tell the rest to go, highest number first."""
        key = (revision.model.name, revision.number)
        self._revisions[key] = revision
        before, self._wanted[key] = self._wanted.get(key), Wanted(revision, replicas)
        staying = sorted(self._staying(key), key=lambda one: one.observed.index)
        for one in staying[replicas:]:
            self._note_leaving(one.id)
            one.stop(drain)
        if not replicas:
            self._problems.pop(key, None)
        if before != self._wanted[key]:  # else what failed is tried again after a while
            self._missing.set()
            self._changed.set()

    async def detach(self) -> None:
        """Stop watching; the containers run on."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(one.detach() for one in self._replicas.values()))
        if self._engine:
            await self._engine.close()

    async def clear(self) -> None:
        """Companions and networks go; volumes stay."""
        self._wanted.clear()  # nothing is made any more
        if self.file.exists():
            await self._compose("down", "--remove-orphans")
            self.file.unlink()

    async def _create(self) -> None:
        """Make what is missing whenever something is; where that fails, again after a while."""
        while True:
            await self._missing.wait()
            self._missing.clear()
            self._changed.clear()
            lacking = {key: self._wanted[key] for key in self._wanted if self._lacks(key)}
            reasons = await self._make_missing(lacking)
            self._note(lacking, reasons)
            if reasons:
                self._missing.set()
                failures = max(self._problems[key].failures for key in reasons)
                pause = min(FIRST_BACK_OFF * 2 ** (failures - 1), LONGEST_BACK_OFF)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), pause)

    async def _make_missing(self, lacking: Mapping[Key, Wanted]) -> dict[Key, str]:
        """Companions first, then all that is missing; what cannot be made, and why."""
        is_made = self.file.exists() and self._companions == self.stack.services
        if not self._wanted or (not lacking and is_made):
            return {}
        try:
            self._write_file()
            await self._begin_companions(lacking)
            return await self._make(lacking)
        except (ArgosyError, OSError) as error:
            return dict.fromkeys(lacking, str(error))

    async def _begin_companions(self, lacking: Mapping[Key, Wanted]) -> None:
        """Those that are needed are healthy afterwards, where they can say so."""
        needed = {name for one in lacking.values() for name in one.revision.model.depends_on}
        others = set(self.stack.services) - needed
        if others and self._companions != self.stack.services:
            await self._compose("up", "--detach", "--no-deps", *sorted(others))
        for name in set(self._companions or ()) - set(self.stack.services):
            await self._end_companion(name)
        if needed:
            waiting = ("--wait", "--wait-timeout", str(COMPANION_SECONDS))
            await self._compose("up", "--detach", *waiting, *sorted(needed))
        self._companions = self.stack.services

    async def _end_companion(self, name: str) -> None:
        """Of one that the file no longer has, Compose knows nothing any more."""
        assert self._engine
        ours = (f"{project.PROJECT}={self.name}", f"{project.SERVICE}={name}")
        for container in await self._engine.containers(*ours):
            await docker("stop", container["Id"])
            await self._engine.remove(container["Id"])

    async def _make(self, lacking: Mapping[Key, Wanted]) -> dict[Key, str]:
        """All at once; where that fails one by one, as what stops one shall not stop the others."""
        wanted = {key: one for key, one in lacking.items() if self._lacks(key)}
        reasons: dict[Key, str] = {}
        if wanted:
            try:
                await self._up(wanted)
            except DockerFailed as error:
                if len(wanted) == 1:
                    return dict.fromkeys(wanted, str(error))
                for key, one in wanted.items():
                    reasons |= await self._make({key: one})
        return reasons

    async def _up(self, lacking: Mapping[Key, Wanted]) -> None:
        scales = [
            f"--scale={project.service_name(one.revision)}={self._count(key, one)}"
            for key, one in lacking.items()
        ]
        names = [project.service_name(one.revision) for one in lacking.values()]
        options = ("--detach", "--no-deps", "--no-recreate", "--no-build")
        try:
            await self._compose("up", *options, *scales, *names)
        except DockerFailed:
            await self._remove_unstarted()
            raise
        finally:
            await self._look()

    async def _remove_unstarted(self) -> None:
        """What could be made and not started is made anew next time."""
        assert self._engine
        for one in await self._engine.containers(f"{project.PROJECT}={self.name}", project.MODEL):
            if one["State"]["Status"] == "created":
                await self._engine.remove(one["Id"])

    def _count(self, key: Key, wanted: Wanted) -> int:
        """What Compose is to count: it knows nothing of those that leave."""
        return wanted.replicas + sum(one.leaving for one in self._of(key))

    def _write_file(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        running = [self._running(one) for one in self._wanted.values() if one.replicas]
        names = {name for one in running for name in one.revision.model.secrets}
        found = project.project(
            self.name, self.stack, running, secrets.files(self.state_folder, names)
        )
        temporary = self.file.with_suffix(".new")
        with temporary.open("w") as text:
            text.write(HEAD)
            YAML().dump(found, text)
        temporary.replace(self.file)

    def _running(self, wanted: Wanted) -> Running:
        revision = wanted.revision
        settings = self._folder / f"{revision.name}.json"
        content = msgspec.json.encode(_settings(revision))
        if not settings.exists() or settings.read_bytes() != content:
            settings.write_bytes(content)
        settings.chmod(0o644)  # a container's user reads it; nobody else enters the folder
        return Running(
            revision,
            wanted.replicas,
            layout.reference(self.stack.name, revision),
            settings,
            self.cold_starts(revision.model.name),
        )

    async def _follow(self) -> None:
        """Look whenever something happens to a container of ours, and after the engine was away."""
        assert self._engine
        while True:
            with contextlib.suppress(DockerFailed):
                since = time.time()
                await self._look()
                async for event in self._engine.events(f"{project.PROJECT}={self.name}", since):
                    if replica := self._replicas.get(event["Actor"]["ID"]):
                        replica.hear(event)
                    await self._look()
            await asyncio.sleep(LOOK_AGAIN)

    async def _look(self) -> None:
        """What there is now."""
        assert self._engine
        async with self._looking:
            found = await self._engine.containers(f"{project.PROJECT}={self.name}", project.MODEL)
            known = {one["Id"]: one for one in found}
            for gone in self._replicas.keys() - known.keys():
                if self._replicas[gone].lives:
                    continue
                replica = self._replicas.pop(gone)
                await replica.detach()
                self._missing.set()
                if replica.observed.started_at:  # else it is one that could not be started
                    self._changed.set()
                self.on_change()
            for container in known.values():
                await self._take(container)

    async def _take(self, container: Container) -> None:
        assert self._engine
        labels = container["Config"]["Labels"]
        key = (labels[project.MODEL], int(labels[project.REVISION]))
        revision = self._revisions.get(key)
        if revision is None:  # the stack's state no longer knows of it
            await self._engine.remove(container["Id"])
            return
        replica = self._replicas.get(container["Id"])
        if replica is None:
            replica = ReplicaContainer(revision, container, self._engine, self.on_change)
            self._replicas[replica.id] = replica
            if replica.id in self._leaving():
                replica.stop(revision.model.drain)
            else:
                await replica.keep_together(container, self._taken_cpus())
            self.on_change()
        replica.take(container)

    def _taken_cpus(self) -> list[frozenset[int]]:
        return [one.cpus for one in self._replicas.values() if one.cpus]

    async def _measure(self) -> None:
        while True:
            for one in list(self._replicas.values()):
                await one.measure()
            await asyncio.sleep(MEASURE_EVERY)

    def _lacks(self, key: Key) -> bool:
        wanted = self._wanted.get(key)
        return wanted is not None and len(self._staying(key)) < wanted.replicas

    def _staying(self, key: Key) -> list[ReplicaContainer]:
        return [one for one in self._of(key) if not one.leaving]

    def _of(self, key: Key) -> list[ReplicaContainer]:
        return [
            one
            for one in self._replicas.values()
            if (one.observed.model, one.observed.revision) == key
        ]

    def _note(self, lacking: Iterable[Key], reasons: Mapping[Key, str]) -> None:
        """Where no container is, a replica that waits says why."""
        for key in lacking:
            before = self._problems.pop(key, None)
            if reason := reasons.get(key):
                log.warning("containers of %s r%s cannot be made: %s", *key, reason)
                self._problems[key] = Problem(reason, before.failures + 1 if before else 1)
        if reasons:
            self.on_change()

    def _unmade(self, key: Key) -> list[Replica]:
        """A replica that waits for each container that should be there."""
        wanted, problem = self._wanted.get(key), self._problems[key]
        there = len(self._staying(key))
        return [
            Replica(*key, one, "waiting", reason=problem.reason, failures=problem.failures)
            for one in range(there + 1, (wanted.replicas if wanted else 0) + 1)
        ]

    def _note_leaving(self, identity: str) -> None:
        """For a supervisor that comes after us: a second SIGTERM would end the drain."""
        self._folder.mkdir(parents=True, exist_ok=True)
        here = [one for one in self._leaving() if one in self._replicas]
        (self._folder / "leaving.json").write_text(json.dumps([*here, identity]))

    def _leaving(self) -> list[str]:
        with contextlib.suppress(OSError, ValueError):
            found: list[str] = json.loads((self._folder / "leaving.json").read_text())
            return found
        return []

    async def _compose(self, *words: str) -> None:
        ended = await run(
            "compose", "--project-name", self.name, "--file", str(self.file),
            "--project-directory", str(self.stack.folder), "--progress", "quiet", *words,
        )  # fmt: skip
        if ended.code:
            said = ended.errors.strip() or f"docker compose {words[0]} exited with {ended.code}"
            step = next((step for text, step in NEXT_STEPS.items() if text in said), None)
            raise DockerFailed(said.removeprefix("Error response from daemon: "), next_step=step)


async def _always(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """A mistake of ours in one of them must not leave containers that nobody follows."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("a fault of Argosy's own")
            await asyncio.sleep(LOOK_AGAIN)


def _settings(revision: Revision) -> runner.Settings:
    """What the image has, and what no image holds: the variables of the model."""
    told = {name: f"{layout.SECRETS}/{name}" for name in revision.model.secrets}
    baked = context.settings(revision)
    return msgspec.structs.replace(
        baked,
        replica=f"{revision.name}.{{hostname}}",
        env={**baked.env, **secrets.variables(told), **revision.model.env},
    )
