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
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from argosy.compose import project
from argosy.docker.engine import Container, Engine, engine_socket
from argosy.errors import ArgosyError, DockerFailed
from argosy.images import build
from argosy.platforms.container_maker import ContainerMaker, Wanted, is_passing
from argosy.platforms.platform import ColdStarts, Companions, Platform, Progress, Replica
from argosy.platforms.replica_container import ReplicaContainer
from argosy.stack.model import Stack
from argosy.stack.revision import Revision

Key = tuple[str, int]

FIRST_BACK_OFF = 1.0
LONGEST_BACK_OFF = 60.0
LOOK_AGAIN = 1.0  # seconds, while the engine does not answer
MEASURE_EVERY = 15.0
log = logging.getLogger("argosy.platforms.compose")


@dataclass(frozen=True)
class Problem:
    """Why containers of a revision could not be made, so many times."""

    reason: str
    failures: int


@dataclass
class Work:
    """Making what is missing of some models, which waits for nothing but their own companions."""

    missing: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)  # something else than what failed

    def wake(self, *, changed: bool) -> None:
        """Something is missing; if it ``changed``, it is made without waiting for the next try."""
        self.missing.set()
        if changed:
            self.changed.set()


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
        self._leaving_file = state_folder / "compose" / "leaving.json"
        self._wanted: dict[Key, Wanted] = {}
        self._replicas: dict[str, ReplicaContainer] = {}
        self._problems: dict[Key, Problem] = {}
        self._engine: Engine | None = None
        self._maker: ContainerMaker | None = None
        self._alone = Work()  # of models that depend on nobody
        self._dependent = Work()  # of those that do, and of the companions
        self._companions = Companions()
        self._tasks: list[asyncio.Task[None]] = []
        self._looking = asyncio.Lock()
        self._revisions: dict[Key, Revision] = {}

    @property
    def name(self) -> str:
        """Of the Compose project."""
        return project.project_name(self.stack.name, self.run_folder)

    def declare(self, stack: Stack) -> None:
        """Other companions are brought up, although no replica is missing."""
        before = getattr(self, "stack", None)
        super().declare(stack)
        if before and before.services != stack.services:
            self._dependent.wake(changed=True)

    async def adopt(self, revisions: Iterable[Revision]) -> None:
        """Take over the containers of the project; those told to go are still told so."""
        self._revisions = {(one.model.name, one.number): one for one in revisions}
        self._engine = Engine(await engine_socket())
        self._maker = ContainerMaker(
            self.run_folder, self.state_folder, self.cold_starts, self._engine
        )
        await self._look()
        works = (self._follow, self._make_alone, self._make_dependent, self._measure)
        self._tasks = [asyncio.create_task(_always(work)) for work in works]
        await asyncio.gather(
            *(one.asked.wait() for one in self._replicas.values() if not one.leaving)
        )

    def observe(self) -> Sequence[Replica]:
        """In the order of model, revision, index; what cannot be made is there as waiting."""
        found = [one.observed for one in self._replicas.values()]
        missing = [one for key in self._problems for one in self._unmade(key)]
        return sorted([*found, *missing], key=lambda one: (one.model, one.revision, one.index))

    def companions(self) -> Companions:
        """As Compose told last."""
        are_made = self._companions.are_made or self._dependent.changed.is_set()
        return replace(self._companions, are_made=are_made)

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
            self._wake(changed=True)

    async def replace(self, replica: Replica, cause: str, drain: float) -> None:
        """The same container: it has its CPUs and its address, and the image is the same."""
        for one in self._staying((replica.model, replica.revision)):
            if one.observed.index == replica.index:
                one.replace(cause, drain)

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
        self._companions = Companions()
        if self._maker:
            await self._maker.clear(self.stack)

    async def _make_alone(self) -> None:
        await self._keep_making(self._alone, lambda: self._make(self._lacking(dependent=False)))

    async def _make_dependent(self) -> None:
        await self._keep_making(self._dependent, self._make_with_companions)

    async def _keep_making(self, work: Work, make: Callable[[], Awaitable[bool]]) -> None:
        """Whenever something is missing; where ``make`` fails, again after a while."""
        failures = 0
        while True:
            await work.missing.wait()
            work.missing.clear()
            work.changed.clear()
            done = await make()
            self.on_change()
            if done:
                failures = 0
                continue
            failures += 1
            work.missing.set()
            pause = min(FIRST_BACK_OFF * 2 ** (failures - 1), LONGEST_BACK_OFF)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(work.changed.wait(), pause)

    async def _make_with_companions(self) -> bool:
        """Companions first, then the models whose companions are there."""
        assert self._maker
        lacking = self._lacking(dependent=True)
        if not self._wanted or (not lacking and self._maker.has_made_companions(self.stack)):
            return True
        needed = {name for one in lacking.values() for name in one.revision.model.depends_on}
        try:
            self._tell_of_companions(replace(self._companions, are_made=True))
            self._maker.write(self.stack, self._wanted.values())
            failed = await self._maker.make_companions(self.stack, needed)
        except (ArgosyError, OSError) as error:
            self._note(lacking, dict.fromkeys(lacking, str(error)))
            return False
        finally:
            self._tell_of_companions(replace(self._companions, are_made=False))
        self._tell_of_companions(Companions(failed=failed))
        waiting = {
            key: f"{name} does not come up: {failed[name]}"
            for key, one in lacking.items()
            for name in one.revision.model.depends_on
            if name in failed
        }
        self._note(waiting, waiting)
        able = {key: one for key, one in lacking.items() if key not in waiting}
        return await self._make(able) and not failed

    def _tell_of_companions(self, companions: Companions) -> None:
        for name in companions.failed.keys() - self._companions.failed.keys():
            log.warning("%s does not come up: %s", name, companions.failed[name])
        if companions != self._companions:
            self._companions = companions
            self.on_change()

    async def _make(self, lacking: Mapping[Key, Wanted]) -> bool:
        """Whether all that are missing could be made."""
        assert self._maker
        lacking = {key: one for key, one in lacking.items() if self._lacks(key)}
        if not lacking:
            return True
        counts = {
            project.service_name(one.revision): self._count(key, one)
            for key, one in lacking.items()
        }
        try:
            self._maker.write(self.stack, self._wanted.values())
            failed = await self._maker.make(self.stack, counts)
            await self._look()
        except (ArgosyError, OSError) as error:
            failed = dict.fromkeys(counts, str(error))
        services = {key: project.service_name(one.revision) for key, one in lacking.items()}
        reasons = {key: failed[one] for key, one in services.items() if one in failed}
        self._note(lacking, {key: one for key, one in reasons.items() if not is_passing(one)})
        return not failed  # what is passing is not told, but tried again: at once if all is gone

    def _lacking(self, *, dependent: bool) -> dict[Key, Wanted]:
        return {
            key: one
            for key, one in self._wanted.items()
            if self._lacks(key) and bool(one.revision.model.depends_on) == dependent
        }

    def _wake(self, *, changed: bool) -> None:
        for work in (self._alone, self._dependent):
            work.wake(changed=changed)

    def _count(self, key: Key, wanted: Wanted) -> int:
        """What Compose is to count: it knows nothing of those that leave."""
        return wanted.replicas + sum(one.leaving for one in self._of(key))

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
                # One that was never started is one that could not be.
                self._wake(changed=bool(replica.observed.started_at))
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
        self._leaving_file.parent.mkdir(parents=True, exist_ok=True)
        here = [one for one in self._leaving() if one in self._replicas]
        self._leaving_file.write_text(json.dumps([*here, identity]))

    def _leaving(self) -> list[str]:
        with contextlib.suppress(OSError, ValueError):
            found: list[str] = json.loads(self._leaving_file.read_text())
            return found
        return []


async def _always(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """A mistake of ours in one of them must not leave containers that nobody follows."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("a fault of Argosy's own")
            await asyncio.sleep(LOOK_AGAIN)
