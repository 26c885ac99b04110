"""From a stack file's models to revisions: what is new, and why.

A revision is made of copies: code and weights are kept by content, the environment as a lock, so
that editing files never changes what runs.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from argosy import environments, snapshots
from argosy.errors import ArgosyError
from argosy.stack.effective import effective_model
from argosy.stack.model import Model, Stack
from argosy.stack.revision import Revision
from argosy.supervisor.store import Store, StoredModel, StoredRevision
from argosy.weights import store as weights
from argosy_runner import engines

# What the platform, the gateway or a rollout may change about a running revision, or what digests
# cover by content.
NOT_SETTINGS = {
    "replicas", "code", "weights", "python", "limits", "route", "aliases", "probe", "rollout"
}  # fmt: skip
NAMED_FILES = 3

Progress = Callable[[str, str], None]


@dataclass(frozen=True)
class Declared:
    """The revision a model should run as. ``cause`` is empty when nothing about it is new."""

    revision: Revision
    replicas: int
    cause: str = ""


async def declare(stack: Stack, state: Path, store: Store, progress: Progress) -> list[Declared]:
    """The revision of every model as its files are now; writes nothing to the store.

    Raises `ArgosyError` with the reasons of all models that cannot be declared.
    """
    entries = {entry.name: entry for entry in store.models()}
    made = await asyncio.gather(
        *(
            _declare_model(model, state, store, entries.get(model.name), progress)
            for model in stack.models
        ),
        return_exceptions=True,
    )
    reasons = []
    for one in made:
        if isinstance(one, ArgosyError):
            reasons.append(str(one))
        elif isinstance(one, BaseException):
            raise one
    if reasons:
        raise ArgosyError("\n".join(reasons))
    return [one for one in made if isinstance(one, Declared)]


async def _declare_model(
    model: Model,
    state: Path,
    store: Store,
    entry: StoredModel | None,
    progress: Progress,
) -> Declared:
    known = store.revisions(model.name)
    target = _numbered(known, entry.target) if entry else (known[-1] if known else None)
    serving = _numbered(known, entry.serving) if entry and entry.serving else None
    made = await _make(model, _next_number(known), state, lambda text: progress(model.name, text))
    if target is not None and target.revision.digest == made.digest:
        cause = "tried again" if target.state == "failed" else ""
        return Declared(_placed(target.revision, made), model.replicas, cause)
    if serving is not None and serving.revision.digest == made.digest:
        return Declared(_placed(serving.revision, made), model.replicas)
    before = serving or target
    return Declared(made, model.replicas, _cause(made, before.revision if before else None))


async def _make(model: Model, number: int, state: Path, say: Callable[[str], None]) -> Revision:
    """Keep code and weights by content, resolve the environment, and address all of it."""
    code_digest, code = "", None
    if model.code is not None:
        code_digest, code = await asyncio.to_thread(snapshots.keep, model.code, state / "code")
    weights_digest, kept = "", None
    if model.weights is not None:
        stored = await asyncio.to_thread(weights.keep, model.weights, say)
        weights_digest, kept = stored.digest, stored.path
    requirements = engines.requirements(model.engine)
    lock = await environments.resolve(model, state / "locks", requirements, say)
    parts = (code_digest, lock.digest, weights_digest, _settings(model))
    return Revision(
        number=number,
        model=model,
        lock=lock,
        digest=hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest(),
        code=code,
        code_digest=code_digest,
        weights=kept,
        weights_digest=weights_digest,
    )


def _placed(known: Revision, made: Revision) -> Revision:
    """A known revision with the copies that were just made or found: ARGOSY_HOME may be another."""
    return replace(known, code=made.code, weights=made.weights, lock=made.lock)


def again(entry: StoredModel, store: Store) -> Revision:
    """A next revision of the same content as what serves, or else should; files are not read."""
    current = store.revision(entry.name, entry.serving or entry.target)
    return replace(current.revision, number=_next_number(store.revisions(entry.name)))


def _next_number(known: Sequence[StoredRevision]) -> int:
    return max((one.revision.number for one in known), default=0) + 1


def _numbered(revisions: Sequence[StoredRevision], number: int) -> StoredRevision | None:
    return next((one for one in revisions if one.revision.number == number), None)


def _settings(model: Model) -> dict[str, Any]:
    values = effective_model(model)
    kept = {key: value for key, value in values.items() if key not in NOT_SETTINGS}
    return {**kept, "traces": model.traces} if model.traces else kept


def _cause(new: Revision, old: Revision | None) -> str:
    """What differs, in the user's words."""
    if old is None:
        return "new model"
    causes = []
    if new.code_digest != old.code_digest:
        causes.append(f"code changed{_files(old.code, new.code)}")
    if new.lock.digest != old.lock.digest:
        causes.append(_environment_change(new, old))
    if new.weights_digest != old.weights_digest:
        causes.append("weights changed")
    before, after = _settings(old.model), _settings(new.model)
    causes += [
        _setting_change(key, before.get(key), after.get(key))
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    ]
    return ", ".join(causes) or "declared again"


def _environment_change(new: Revision, old: Revision) -> str:
    if new.lock.python != old.lock.python:
        return f"Python changed: {old.lock.python} → {new.lock.python}"
    return "environment changed"


def _files(old: Path | None, new: Path | None) -> str:
    if old is None or new is None or not old.is_dir():
        return ""
    before, after = _contents(old), _contents(new)
    changed = sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )
    more = f" and {len(changed) - NAMED_FILES} more" if len(changed) > NAMED_FILES else ""
    return f": {', '.join(changed[:NAMED_FILES])}{more}" if changed else ""


def _contents(folder: Path) -> dict[str, str]:
    return {
        found.name: hashlib.sha256(found.path.read_bytes()).hexdigest()
        for found in snapshots.walk(folder, snapshots.SKIPPED)
    }


def _setting_change(key: str, before: Any, after: Any) -> str:
    """What changed, as the stack file writes it; of environment variables only the names."""
    if key == "env":
        changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
        return f"env changed: {', '.join(changed)}"
    return f"{key} changed: {_show(before)} → {_show(after)}"


def _show(value: Any) -> str:
    if isinstance(value, dict):
        return (
            ", ".join(f"{key}: {inner}" for key, inner in value.items() if inner is not None)
            or "none"
        )
    return "none" if value is None else str(value)
