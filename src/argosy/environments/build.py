"""From a lock to an environment: a virtual environment that holds what the lock names, no more.

It is built aside and moved to its place when it is complete, so what has a place is complete.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from argosy.environments import interpreter, requirements, store, uv
from argosy.environments import lock as locks
from argosy.environments.store import Marker
from argosy.errors import EnvironmentFailed
from argosy.exclusive import Exclusive
from argosy.stack.revision import Lock

WAIT = 0.1  # seconds between two looks at a lock that somebody else holds

VENV = ("venv", "--relocatable", "--no-project")
SYNC = (
    "pip", "sync", "--compile-bytecode", "--strict",
    # Exact versions with their hashes: it does not matter which index has them.
    "--index-strategy", "unsafe-best-match",
)  # fmt: skip


async def build(lock: Lock, progress: uv.Progress = lambda _: None) -> Path:
    """The interpreter of the environment of ``lock``, which is built unless it is there.

    Whoever comes while somebody builds the same one waits for it. Raises `EnvironmentFailed`.
    """
    try:
        if not store.is_complete(lock.digest):
            with await _locked(lock.digest, progress) as held:
                if not store.is_complete(lock.digest):
                    try:
                        await _build(lock, progress, held)
                    finally:
                        store.forget_unfinished(lock.digest)
        store.touch(lock.digest)
        return store.interpreter(lock.digest)
    except OSError as error:
        raise EnvironmentFailed(
            f"the environment cannot be kept: {error.strerror}",
            where=str(error.filename or store.folder(lock.digest)),
            next_step="Make room or make the folder writable, or set ARGOSY_HOME to another one.",
        ) from error


async def _locked(digest: str, progress: uv.Progress) -> Exclusive:
    held = store.try_lock(digest)
    if held is None:
        progress("waiting for another argosy that builds this environment")
    while held is None:
        await asyncio.sleep(WAIT)
        held = store.try_lock(digest)
    return held


async def _build(lock: Lock, progress: uv.Progress, held: Exclusive) -> None:
    text = locks.read(lock)
    store.discard(lock.digest)
    place = store.unfinished(lock.digest)
    python = await interpreter.find(lock.python, progress)
    progress(f"making an environment with Python {lock.python}")
    await _run([*VENV, "--python", python.path, place], lock, held)
    packages = list(requirements.requirements(text))
    if packages:
        progress(f"installing {len(packages)} package{'s' if len(packages) > 1 else ''}")
        flags = ["--require-hashes"] if all(one.hashes for one in packages) else []
        command: list[str | Path] = [*SYNC, *flags, "--python", place / "bin" / "python", lock.file]
        await _run(command, lock, held, locks.settings_folder(text), progress)
    installed = len(list(place.glob("lib/python*/site-packages/*.dist-info")))
    store.complete(place, Marker(lock.digest, lock.python, installed, time.time()))


async def _run(
    command: Sequence[str | Path],
    lock: Lock,
    held: Exclusive,
    folder: Path | None = None,
    progress: uv.Progress = lambda _: None,
) -> None:
    """Run uv so that it holds the lock too: it may outlive us, and nobody shall build meanwhile."""
    ended = await uv.run(command, folder=folder, say=progress, holding=(held.descriptor,))
    if ended.code:
        raise uv.failed(ended, "the packages cannot be installed", str(_origin(lock, folder)))


def _origin(lock: Lock, folder: Path | None) -> Path:
    """The file that a person would correct: what the lock was made from, while it is there."""
    if folder is not None:
        for name in ("requirements.txt", "pyproject.toml"):
            if (folder / name).is_file():
                return folder / name
    return lock.file
