"""The platform `process`: each replica is a local process in a session of its own.

It needs nothing but Python. CPU affinity follows `resources.cpus`; memory is bounded by a cgroup
where one can be made, else by an rlimit, said as a warning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from argosy import environments, secrets
from argosy.platforms.limits import choose_cpus, read_cpuset
from argosy.platforms.place import Place
from argosy.platforms.platform import ColdStarts, LogFile, Platform, Progress, Replica
from argosy.platforms.replica_process import ReplicaProcess
from argosy.stack.revision import Revision

Key = tuple[str, int, int]


class ProcessPlatform(Platform):
    """Replicas as local processes; they outlive the supervisor and are adopted by the next."""

    def __init__(
        self,
        run_folder: Path,
        state_folder: Path,
        on_change: Callable[[], None] = lambda: None,
        cold_starts: ColdStarts = lambda _: (),
    ) -> None:
        super().__init__(run_folder, state_folder, on_change, cold_starts)
        self._logs = state_folder / "logs"
        self._replicas: dict[Key, ReplicaProcess] = {}
        self._tasks: dict[Key, asyncio.Task[None]] = {}

    async def adopt(self, revisions: Iterable[Revision]) -> None:
        """Take over what has a record in the run folder and still runs."""
        known = {revision.name: revision for revision in revisions}
        adopted = []
        for folder in sorted(self.run_folder.glob("*.r*.*/")):
            name, _, index = folder.name.rpartition(".")
            if not index.isdigit():
                continue
            revision = known.get(name)
            if revision is None:
                _end_stranger(self._place(folder.name))
                continue
            replica = self._replica(revision, int(index))
            if replica.adopt():
                self._keep(replica)
                adopted.append(replica.asked.wait())
        await asyncio.gather(*adopted)

    def observe(self) -> Sequence[Replica]:
        """In the order of model, revision, index."""
        return [self._replicas[key].observed for key in sorted(self._replicas)]

    def measured(self) -> Sequence[Replica]:
        """Reads a file per replica."""
        return [
            replace(replica.observed, memory=replica.memory_used())
            for _, replica in sorted(self._replicas.items())
        ]

    async def prepare(self, revision: Revision, progress: Progress) -> None:
        """Build the model's environment, unless the same lock has been built before."""
        await environments.build(revision.lock, progress)

    async def scale(self, revision: Revision, replicas: int, drain: float) -> None:
        """Start what is missing; tell the rest to go, highest index first."""
        for index in range(1, replicas + 1):
            key = (revision.model.name, revision.number, index)
            if key not in self._replicas:
                self._keep(self._replica(revision, index))
        for (model, number, index), replica in list(self._replicas.items()):
            if (model, number) == (revision.model.name, revision.number) and index > replicas:
                replica.stop(drain)

    async def replace(self, replica: Replica, cause: str, drain: float) -> None:
        """In its place, with its CPUs."""
        if found := self._replicas.get((replica.model, replica.revision, replica.index)):
            found.replace(cause, drain)

    async def clear(self) -> None:
        """Replicas are all there is."""

    async def detach(self) -> None:
        """Stop watching; the processes run on."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _replica(self, revision: Revision, index: int) -> ReplicaProcess:
        taken = [replica.cpus for replica in self._replicas.values() if replica.cpus]
        resources = revision.model.resources
        named = read_cpuset(resources.cpuset) if resources.cpuset else None
        cpus = named or choose_cpus(resources.cpus, taken)
        place = self._place(f"{revision.name}.{index}")
        kept = secrets.files(self.state_folder, revision.model.secrets)
        told = secrets.variables({name: str(file) for name, file in kept.items()})
        return ReplicaProcess(revision, index, place, cpus, self.on_change, told)

    def _place(self, name: str) -> Place:
        return Place(
            folder=self.run_folder / name,
            log=self._logs / f"{name}.log",
            cgroup=f"argosy.{self.run_folder.name}.{name}",
        )

    def _keep(self, replica: ReplicaProcess) -> None:
        key = (replica.observed.model, replica.observed.revision, replica.observed.index)
        self._replicas[key] = replica
        lock = replica.revision.lock
        task = asyncio.create_task(replica.run(lambda: environments.build(lock)))
        self._tasks[key] = task
        task.add_done_callback(lambda done: self._gone(key, done))

    def _gone(self, key: Key, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        del self._tasks[key]
        del self._replicas[key]
        self.on_change()
        task.result()


def _end_stranger(place: Place) -> None:
    """End at once what runs in this place; the stack's state no longer knows of it."""
    if process := place.find_process(place.read_record()):
        process.kill_session()
    place.clear()


def log_files(state_folder: Path, models: Sequence[str] = ()) -> list[LogFile]:
    """The logs of all replicas that ever ran, or of these models; rotated parts oldest first."""
    files = []
    for log in sorted((state_folder / "logs").glob("*.log")):
        model = log.name.split(".r", 1)[0]
        if not models or model in models:
            rotated = sorted(log.parent.glob(f"{log.name}.*"), reverse=True)
            files.append(LogFile(log.name.removesuffix(".log"), (*rotated, log)))
    return files
