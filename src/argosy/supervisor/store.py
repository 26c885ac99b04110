"""What a stack must remember, in SQLite beside its file. One writer: the supervisor's loop."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from argosy.adapters import Adapter
from argosy.keys.key import Key
from argosy.plan.dip import Dip
from argosy.plan.state import FirstAnswers
from argosy.platforms.platform import ColdStart
from argosy.rollout.noise import SelfRun
from argosy.stack.model import Stack
from argosy.stack.revision import Revision
from argosy.supervisor.rollouts.stored import StoredRollout

RevisionState = Literal["declared", "prepared", "failed"]

SCHEMA = """
create table if not exists stack (
    id integer primary key check (id = 1),
    declared text not null,
    up integer not null
);
create table if not exists revision (
    model text not null,
    number integer not null,
    revision text not null,
    cause text not null,
    state text not null,
    reason text not null,
    environment_seconds real,
    declared_at real not null,
    primary key (model, number)
);
create table if not exists first_answers (
    model text not null,
    number integer not null,
    answers text not null,
    primary key (model, number)
);
create table if not exists model (
    name text primary key,
    serving integer,
    target integer not null,
    replicas integer not null
);
create table if not exists cold_start (
    model text not null,
    revision integer not null,
    start real not null,
    load real not null,
    warm_up real not null,
    measured_at real not null
);
create table if not exists rollout (
    id integer primary key,
    model text not null,
    ended integer not null,
    rollout text not null
);
create table if not exists self_run (
    model text primary key,
    run text not null
);
create table if not exists dip (
    model text primary key,
    revision integer not null,
    dip text not null
);
create table if not exists key (
    id text primary key,
    key text not null
);
"""

_STACK = Adapter(Stack)
_REVISION = Adapter(Revision)
_KEY = Adapter(Key)
_ROLLOUT = Adapter(StoredRollout)
_FIRST = Adapter(FirstAnswers)
_SELF_RUN = Adapter(SelfRun)
_DIP = Adapter(Dip)


@dataclass(frozen=True)
class StoredRevision:
    """A revision and what became of it. ``environment_seconds``: how long its preparation took.

    ``declared_at`` is in seconds since 1970.
    """

    revision: Revision
    cause: str
    state: RevisionState
    reason: str
    environment_seconds: float | None
    declared_at: float


@dataclass(frozen=True)
class StoredModel:
    """Which revision serves, which should, and with how many replicas."""

    name: str
    serving: int | None
    target: int
    replicas: int


def open_store(file: Path, state: Path) -> Store:
    """The store of the stack of ``file``, in its folder ``state``.

    A folder that was copied or moved with its state begins anew: what the state names is elsewhere.
    """
    store = Store(state / "state.sqlite")
    declared = store.declared()
    if declared is not None and declared[0].file != file:
        store.clear()
    return store


@lru_cache(maxsize=1024)
def _read(text: str) -> Revision:
    return _REVISION.validate_json(text)


class Store:
    """Each call is one transaction, durable when it returns."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(file, isolation_level=None)
        self._database.execute("pragma journal_mode = wal")
        self._database.execute("pragma synchronous = normal")
        self._database.executescript(SCHEMA)

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    def clear(self) -> None:
        """Forget everything but keys, whose tokens stay good: what is revoked stays revoked."""
        tables = (
            "stack",
            "revision",
            "first_answers",
            "model",
            "cold_start",
            "rollout",
            "self_run",
            "dip",
        )
        for table in tables:
            self._database.execute(f"delete from {table}")  # noqa: S608  names of our own

    def declare(self, stack: Stack, up: bool) -> None:
        """Remember the stack as it was last accepted, and whether it should run."""
        self._database.execute(
            "insert into stack values (1, ?, ?) on conflict (id) do update"
            " set declared = excluded.declared, up = excluded.up",
            (_STACK.dump_json(stack).decode(), up),
        )

    def declared(self) -> tuple[Stack, bool] | None:
        """The stack as it was last accepted, and whether it should run."""
        row = self._database.execute("select declared, up from stack").fetchone()
        return (_STACK.validate_json(row[0]), bool(row[1])) if row else None

    def set_up(self, up: bool) -> None:
        """Whether the stack should run."""
        self._database.execute("update stack set up = ?", (up,))

    def add_revision(self, revision: Revision, cause: str) -> None:
        """Remember a new revision; one of the same number is tried again from its start."""
        self._database.execute(
            "insert into revision values (?, ?, ?, ?, 'declared', '', null, ?)"
            " on conflict (model, number) do update set state = 'declared', reason = ''",
            (
                revision.model.name,
                revision.number,
                _REVISION.dump_json(revision).decode(),
                cause,
                time.time(),
            ),
        )
        self._database.execute(
            "delete from first_answers where model = ? and number = ?",
            (revision.model.name, revision.number),
        )

    def put_first_answers(self, revision: Revision, answers: FirstAnswers) -> None:
        """What a model's first revision has answered to its suite."""
        self._database.execute(
            "insert or replace into first_answers values (?, ?, ?)",
            (revision.model.name, revision.number, _FIRST.dump_json(answers).decode()),
        )

    def first_answers(self, model: str, number: int) -> FirstAnswers | None:
        """None of a revision that was never asked alone."""
        row = self._database.execute(
            "select answers from first_answers where model = ? and number = ?", (model, number)
        ).fetchone()
        return _FIRST.validate_json(row[0]) if row else None

    def set_places(self, revision: Revision) -> None:
        """Where the copies of a known revision lie now: the shared store may have moved."""
        self._database.execute(
            "update revision set revision = ? where model = ? and number = ?",
            (_REVISION.dump_json(revision).decode(), revision.model.name, revision.number),
        )

    def set_state(self, revision: Revision, state: RevisionState, reason: str = "") -> None:
        """What became of a revision."""
        self._database.execute(
            "update revision set state = ?, reason = ? where model = ? and number = ?",
            (state, reason, revision.model.name, revision.number),
        )

    def prepare_again(self) -> None:
        """On another platform, what was prepared is not."""
        self._database.execute("update revision set state = 'declared' where state = 'prepared'")

    def set_environment_seconds(self, revision: Revision, seconds: float) -> None:
        """How long the preparation of a revision took."""
        self._database.execute(
            "update revision set environment_seconds = ? where model = ? and number = ?",
            (seconds, revision.model.name, revision.number),
        )

    def revisions(self, model: str | None = None) -> list[StoredRevision]:
        """All revisions, or those of one model, oldest first."""
        rows = self._database.execute(
            "select revision, cause, state, reason, environment_seconds, declared_at"
            " from revision"
            " where ?1 is null or model = ?1 order by model, number",
            (model,),
        )
        return [
            StoredRevision(_read(text), cause, state, reason, seconds, declared_at)
            for text, cause, state, reason, seconds, declared_at in rows
        ]

    def revision(self, model: str, number: int) -> StoredRevision:
        """Raises `KeyError` for a revision that was never declared."""
        for stored in self.revisions(model):
            if stored.revision.number == number:
                return stored
        raise KeyError(f"{model}.r{number}")

    def set_target(self, model: str, target: int, replicas: int) -> None:
        """Which revision of a model should serve, with how many replicas."""
        self._database.execute(
            "insert into model values (?, null, ?, ?) on conflict (name) do update"
            " set target = excluded.target, replicas = excluded.replicas",
            (model, target, replicas),
        )

    def set_replicas(self, model: str, replicas: int) -> None:
        """With how many replicas a model should serve."""
        self._database.execute("update model set replicas = ? where name = ?", (replicas, model))

    def set_serving(self, model: str, revision: int | None) -> None:
        """Which revision of a model has its traffic."""
        self._database.execute("update model set serving = ? where name = ?", (revision, model))

    def forget_serving(self, but: Collection[str] = ()) -> None:
        """No revision has traffic: nothing runs. Of some models it is kept which had it last."""
        for entry in self.models():
            if entry.name not in but:
                self.set_serving(entry.name, None)

    def models(self) -> list[StoredModel]:
        """Every model that is, or still runs as, a part of the stack."""
        rows = self._database.execute(
            "select name, serving, target, replicas from model order by name"
        )
        return [StoredModel(*row) for row in rows]

    def serving(self, model: str) -> int | None:
        """Which revision of a model serves."""
        return next((one.serving for one in self.models() if one.name == model), None)

    def forget(self, model: str) -> None:
        """The model is no longer a part of the stack; its revisions stay."""
        self._database.execute("delete from model where name = ?", (model,))

    def add_cold_start(self, model: str, revision: int, measured: ColdStart) -> None:
        """Remember how long one replica took to become ready."""
        self._database.execute(
            "insert into cold_start values (?, ?, ?, ?, ?, ?)",
            (model, revision, measured.start, measured.load, measured.warm_up, time.time()),
        )

    def cold_starts(self, model: str, revision: int | None = None) -> list[ColdStart]:
        """Measured cold starts of a revision, or of a model, newest first, at most 100."""
        rows = self._database.execute(
            "select start, load, warm_up from cold_start where model = ?1"
            " and (?2 is null or revision = ?2) order by measured_at desc limit 100",
            (model, revision),
        )
        return [ColdStart(*row) for row in rows]

    def put_rollout(self, rollout: StoredRollout) -> StoredRollout:
        """Remember a rollout as it is now; a new one, whose id is 0, gets one."""
        row = self._database.execute(
            "insert into rollout values (?, ?, ?, ?) on conflict (id) do update"
            " set ended = excluded.ended, rollout = excluded.rollout returning id",
            (
                rollout.id or None,
                rollout.model,
                bool(rollout.outcome),
                _ROLLOUT.dump_json(rollout).decode(),
            ),
        ).fetchone()
        return replace(rollout, id=row[0])

    def rollout(self, model: str) -> StoredRollout | None:
        """The rollout of a model that is under way."""
        return next((one for one in self.rollouts(model) if not one.outcome), None)

    def rollouts(self, model: str, most: int = 20) -> list[StoredRollout]:
        """The rollouts of a model, newest first."""
        rows = self._database.execute(
            "select id, rollout from rollout where model = ? order by ended, id desc limit ?",
            (model, most),
        )
        return [replace(_ROLLOUT.validate_json(text), id=number) for number, text in rows]

    def put_self_run(self, model: str, run: SelfRun) -> None:
        """Remember the last A/A run of a model, in place of the one before."""
        text = _SELF_RUN.dump_json(run).decode()
        self._database.execute("insert or replace into self_run values (?, ?)", (model, text))

    def self_run(self, model: str) -> SelfRun | None:
        """The last A/A run of a model."""
        row = self._database.execute(
            "select run from self_run where model = ?", (model,)
        ).fetchone()
        return _SELF_RUN.validate_json(row[0]) if row else None

    def set_dip(self, model: str, revision: int, dip: Dip | None) -> None:
        """Whether this revision starts only once the one that serves has stopped."""
        self._database.execute("delete from dip where model = ?", (model,))
        if dip is not None:
            text = _DIP.dump_json(dip).decode()
            self._database.execute("insert into dip values (?, ?, ?)", (model, revision, text))

    def dip(self, model: str, revision: int) -> Dip | None:
        """What was accepted of this revision; None where it starts beside the other."""
        row = self._database.execute(
            "select dip from dip where model = ? and revision = ?", (model, revision)
        ).fetchone()
        return _DIP.validate_json(row[0]) if row else None

    def put_key(self, key: Key) -> None:
        """Remember a caller's key as it is now."""
        text = _KEY.dump_json(key).decode()
        self._database.execute("insert or replace into key values (?, ?)", (key.id, text))

    def callers_keys(self) -> list[Key]:
        """All callers' keys, oldest first."""
        rows = self._database.execute("select key from key")
        keys = [_KEY.validate_json(text) for (text,) in rows]
        return sorted(keys, key=lambda key: (key.created_at, key.id))
