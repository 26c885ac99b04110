"""Whom `probe` asks: replicas that run, or one that is started for it and stopped again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from argosy.cli.table import REASON_LINES
from argosy.errors import ArgosyError
from argosy.platforms.platform import Replica
from argosy.supervisor.client import Client
from argosy.supervisor.status import Hosted, StackStatus

LOGS = "The whole log: `argosy logs {}`."
Say = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """Ready replicas of one revision; ``is_guest`` where it runs only to be asked."""

    model: str
    replicas: tuple[Replica, ...]
    is_guest: bool = False

    @property
    def number(self) -> int:
        """Of the revision."""
        return self.replicas[0].revision

    @property
    def addresses(self) -> list[str]:
        """Where callers would ask them."""
        return [one.endpoint or one.address for one in self.replicas]

    def check(self, status: StackStatus) -> None:
        """Raises `ArgosyError` where a guest has ended meanwhile: what it did not answer says
        nothing of the model.
        """
        run = {(one.name, one.started_at) for one in _replicas(status, self.model)}
        gone = [one for one in self.replicas if (one.name, one.started_at) not in run]
        if self.is_guest and gone:
            raise ArgosyError(
                f"the replica of r{self.number} ended while it was asked",
                where=self.model,
                next_step=LOGS.format(self.model),
            )


@contextmanager
def asked(
    client: Client, status: StackStatus, model: str, number: int | None, say: Say
) -> Iterator[Asked]:
    """The replicas of a revision while they are asked, of what serves without ``number``.

    A revision that does not run is started for it. Raises `ArgosyError` where that cannot be.
    """
    if running := ready(status, model, number):
        yield Asked(model, running)
        return
    if number is None:
        raise ArgosyError("no replica is ready", where=model, next_step="See `argosy ps`.")
    with client.hosting(model, number) as told:
        yield Asked(model, (_wait_ready(model, told, say),), is_guest=True)
    say("stops again")


def ready(status: StackStatus, model: str, number: int | None = None) -> tuple[Replica, ...]:
    """The ready replicas of a revision, or of what serves."""
    known = next((one for one in status.models if one.name == model), None)
    wanted = number or (known.serving if known else None)
    return tuple(
        one
        for one in _replicas(status, model)
        if one.revision == wanted and one.state == "ready" and wanted not in _guests(status, model)
    )


def _wait_ready(model: str, told: Iterator[Hosted], say: Say) -> Replica:
    for one in told:
        if one.state == "ready" and one.replica:
            return one.replica
        if one.state == "failed":
            reason = "\n".join(one.told.strip().splitlines()[-REASON_LINES:])
            raise ArgosyError(
                f"it cannot be started to be asked: {reason}",
                where=model,
                next_step=LOGS.format(model),
            )
        say(one.told or one.state)
    raise ArgosyError(
        "the stack went down before its replica was ready",
        where=model,
        next_step="Run `argosy up`, then ask again.",
    )


def _replicas(status: StackStatus, model: str) -> tuple[Replica, ...]:
    return next((one.replicas for one in status.models if one.name == model), ())


def _guests(status: StackStatus, model: str) -> tuple[int, ...]:
    """Those that somebody else asks go when they are done: they are not ours to use."""
    return next((one.guests for one in status.models if one.name == model), ())
