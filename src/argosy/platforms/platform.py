"""The contract of a platform, and what it reports."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from argosy.stack.model import Stack
from argosy.stack.revision import Revision

Progress = Callable[[str], None]
ColdStarts = Callable[[str], Sequence[float]]  # measured seconds, by model

ReplicaState = Literal[
    "starting",  # its process runs and does not answer yet
    "loading",  # it answers, its model loads or warms up
    "ready",
    "queueing",  # its worker is being replaced, and requests wait for the next one
    "unready",  # it was ready and is not: its worker does not come back, or it does not answer
    "draining",  # it was told to go
    "waiting",  # it ended; its next start waits for the back-off
]


@dataclass(frozen=True)
class ColdStart:
    """Seconds from a replica's start until it was ready, by phase.

    ``start``: until the worker's interpreter ran. ``load``: imports and loading weights.
    ``warm_up``: the first answers, which nobody waits for.
    """

    start: float
    load: float
    warm_up: float

    @property
    def total(self) -> float:
        """The sum of the phases."""
        return self.start + self.load + self.warm_up


@dataclass(frozen=True)
class Replica:
    """One running copy of a revision, as a platform sees it. ``index`` counts from 1.

    ``address`` answers what we ask, ``endpoint`` what callers ask; it is empty where both are one.
    ``grpc_address`` takes gRPC, and is empty where none is spoken.

    Platforms know nothing of the rest, which the supervisor adds: ``accuracy`` is that of its last
    probe, at ``probed_at`` (seconds since 1970); ``fault`` is why its answers are not good enough,
    and ``is_to_be_replaced`` says that it is its turn to be started anew for that.
    """

    model: str
    revision: int
    index: int
    state: ReplicaState
    address: str = ""
    endpoint: str = ""
    pid: int | None = None
    started_at: float = 0.0
    restarts: int = 0
    failures: int = 0
    reason: str = ""
    warning: str = ""
    memory: int | None = None
    cold_start: ColdStart | None = None
    grpc_address: str = ""
    accuracy: float | None = None
    probed_at: float = 0.0
    fault: str = ""
    is_to_be_replaced: bool = False

    @property
    def name(self) -> str:
        """``sentiment.r2.1``: in logs, folders, metrics."""
        return f"{self.model}.r{self.revision}.{self.index}"

    @property
    def takes_requests(self) -> bool:
        """Whether what is sent there will be answered, if not at once."""
        return self.state in {"ready", "queueing"}

    @property
    def stays(self) -> bool:
        """Whether it counts towards the number asked for."""
        return self.state != "draining"


@dataclass(frozen=True)
class Companions:
    """``failed`` has why some do not come up, by name; ``are_made``: some may come up yet."""

    are_made: bool = False
    failed: Mapping[str, str] = field(default_factory=dict)


class Platform(ABC):
    """Where replicas run. The supervisor's loop is the only caller; it never calls in parallel.

    A platform is declarative: it keeps the number of replicas it was last asked for, starting again
    what ends, and calls ``on_change`` whenever ``observe()`` would tell something new.

    ``run_folder`` is short and ends with the machine's uptime, ``state_folder`` stays.
    """

    stack: Stack  # as it was last declared

    def __init__(
        self,
        run_folder: Path,
        state_folder: Path,
        on_change: Callable[[], None] = lambda: None,
        cold_starts: ColdStarts = lambda _: (),
    ) -> None:
        self.run_folder = run_folder
        self.state_folder = state_folder
        self.on_change = on_change
        self.cold_starts = cold_starts

    def declare(self, stack: Stack) -> None:
        """Take note of what the stack file says now. Called before anything else."""
        self.stack = stack

    @abstractmethod
    async def adopt(self, revisions: Iterable[Revision]) -> None:
        """Find what still runs from an earlier supervisor and ask it once whether it is ready.

        Returns when every adopted replica has been asked. What runs and belongs to none of
        ``revisions`` is ended.
        """

    @abstractmethod
    def observe(self) -> Sequence[Replica]:
        """The replicas that exist. Never blocks."""

    def measured(self) -> Sequence[Replica]:
        """The same, with the memory that each uses now. May read files; never waits."""
        return self.observe()

    def companions(self) -> Companions:
        """How those of the stack are that this platform runs."""
        return Companions()

    @abstractmethod
    async def prepare(self, revision: Revision, progress: Progress) -> None:
        """Make all that replicas of this revision need; may take minutes.

        Raises `ArgosyError`. Doing it again is cheap and harmless.
        """

    @abstractmethod
    async def scale(self, revision: Revision, replicas: int, drain: float) -> None:
        """Keep this many replicas of a prepared revision. Returns at once.

        Those with the highest index leave first. A leaving replica goes on answering for ``drain``
        seconds, finishes what it has, and exits; 0 when nothing is routed to it.
        """

    @abstractmethod
    async def replace(self, replica: Replica, cause: str, drain: float) -> None:
        """End one replica, drained like one that leaves, and start it again. Returns at once.

        It counts as staying meanwhile. ``cause`` is the reason of its restart. Asking again before
        it has ended is harmless, and so is naming one that has gone.
        """

    @abstractmethod
    async def clear(self) -> None:
        """The stack is down, and no replica is left: what was made beside them goes, too."""

    @abstractmethod
    async def detach(self) -> None:
        """Let go of all replicas without ending them: the supervisor goes, they stay."""


@dataclass(frozen=True)
class LogFile:
    """The log of one replica, rotated parts oldest first."""

    replica: str
    parts: tuple[Path, ...]
