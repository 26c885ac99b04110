"""A stack's keys while its supervisor does not run: a command then owns the stack for a moment."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from argosy import find
from argosy.errors import ArgosyError, NotRunning
from argosy.keys.key import IssuedKey, Key, WantedKey
from argosy.supervisor.client import Client, gateway_runs, lock_file
from argosy.supervisor.keyring import Keyring
from argosy.supervisor.store import open_store


class Keys(Protocol):
    """What can be done with keys, whoever does it."""

    def create_key(self, wanted: WantedKey, stack: str) -> IssuedKey:
        """A new key, once its rate holds. ``stack`` is the stack's name where none is declared."""

    def list_keys(self) -> tuple[Key, ...]:
        """All that were ever made."""

    def revoke_key(self, name_or_id: str) -> Key:
        """Returns once the gateway refuses it."""


@contextmanager
def keys_of(file: Path) -> Iterator[Keys]:
    """By the supervisor of this stack file where one runs, else on the stack's store."""
    state = find.writable_state_folder(file)
    with lock_file(file).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with _client(file) as client:
                yield client
            return
        with closing(open_store(file, state)) as store:
            yield _Offline(file, Keyring(store, state))


@contextmanager
def _client(file: Path) -> Iterator[Client]:
    with Client(file) as client:
        try:
            yield client
        except NotRunning as error:
            raise ArgosyError(
                "the stack is just starting or stopping",
                where=str(file),
                next_step="Try again in a moment.",
            ) from error


class _Offline:
    """`Keys` without a supervisor."""

    def __init__(self, file: Path, keyring: Keyring) -> None:
        self._file = file
        self._keyring = keyring

    def create_key(self, wanted: WantedKey, stack: str) -> IssuedKey:
        """Raises `ArgosyError` for a rate that a gateway, which still runs, would not count by."""
        if wanted.rate and gateway_runs(self._file):
            raise ArgosyError(
                "no key was made: the gateway runs on without its supervisor, "
                "and would not count by its rate",
                where=wanted.name,
                next_step="Run `argosy up`, which tells it, or `argosy down`.",
            )
        return self._keyring.create(wanted, stack)

    def list_keys(self) -> tuple[Key, ...]:
        return self._keyring.known()

    def revoke_key(self, name_or_id: str) -> Key:
        """Raises `ArgosyError` when a gateway still runs, which nobody can tell of it."""
        key = self._keyring.revoke(name_or_id)
        if gateway_runs(self._file):
            raise ArgosyError(
                "revoked, but the gateway runs on without its supervisor and takes it still",
                where=name_or_id,
                next_step="Run `argosy up`, which tells it, or `argosy down`.",
            )
        return key
