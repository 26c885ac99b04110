"""From a model's requirements to a lock: every package with version and hash, for one interpreter.

| the code folder holds | what is resolved |
|---|---|
| ``requirements.txt`` | it, and what it includes; a ``pyproject.toml`` beside it is not read |
| ``pyproject.toml`` and ``uv.lock`` | the versions of ``uv.lock``, which has to match |
| ``pyproject.toml`` with a ``[project]`` table | its dependencies |
| none of these | only what the engine needs |

A lock is made again only when its inputs have changed, with the old one as preference: nothing is
upgraded by surprise, and nothing is asked of the network.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sysconfig
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from argosy import snapshots
from argosy.environments import interpreter, requirements, resolution, source, uv
from argosy.environments.interpreter import Interpreter
from argosy.environments.requirements import Requirement
from argosy.environments.source import Source
from argosy.errors import EnvironmentFailed
from argosy.stack.model import Model
from argosy.stack.revision import Lock

FORMAT = "1"  # part of every digest: a change of meaning here makes new environments
SETTINGS_LINE = "# uv reads its settings in: "


@dataclass(frozen=True)
class Remembered:
    """What the last lock of a model was made from.

    ``local`` are the digests of the files and folders of this machine that it installs, by path.
    """

    inputs: str
    digest: str
    request: str
    interpreter: Interpreter
    local: Mapping[str, str]


async def resolve(
    model: Model,
    locks: Path,
    engine_requirements: tuple[str, ...] = (),
    progress: uv.Progress = lambda _: None,
    *,
    upgrade: bool = False,
) -> Lock:
    """The lock of ``model``, the one in the folder ``locks`` if it was made from the same inputs.

    ``engine_requirements`` are added in the same resolution, so the model's own pins win. With
    ``upgrade`` the newest versions are chosen. Raises `EnvironmentFailed`.
    """
    try:
        wanted = source.find(model, engine_requirements)
        remembered = _recall(locks, model.name)
        request = model.python or interpreter.OWN
        python = await _interpreter(request, remembered, progress)
        inputs = _digest(FORMAT, sysconfig.get_platform(), python.version, *wanted.texts)
        if not upgrade and remembered is not None and remembered.inputs == inputs:
            lock = Lock(remembered.digest, python.version, _kept(locks, remembered.digest))
            if lock.file.is_file() and await asyncio.to_thread(_unchanged, remembered.local):
                return lock
        current = locks / f"{model.name}.txt"
        found = await resolution.resolve(wanted, python, current, progress, upgrade)
        found, local = await asyncio.to_thread(_keep_local, found, wanted, locks / "local")
        text = _text(found, wanted)
        digest = digest_of(text, python.version)
        _write(_kept(locks, digest), text)
        _write(current, text)
        _remember(locks, model.name, Remembered(inputs, digest, request, python, local))
        return Lock(digest, python.version, _kept(locks, digest))
    except OSError as error:
        reason = f"the lock cannot be kept: {error.strerror}"
        raise EnvironmentFailed(reason, where=str(error.filename or locks)) from error


def last(locks: Path, model_name: str) -> Lock | None:
    """The lock that a model had last in the folder ``locks``, whatever it requires now."""
    known = _recall(locks, model_name)
    if known is None:
        return None
    return Lock(known.digest, known.interpreter.version, _kept(locks, known.digest))


def read(lock: Lock) -> str:
    """The text of ``lock``. Raises `EnvironmentFailed` if it is gone or is not what was locked."""
    text = requirements.read(lock.file)
    if not lock.file.is_file() or digest_of(text, lock.python) != lock.digest:
        raise EnvironmentFailed(
            "this lock is missing or was edited",
            where=str(lock.file),
            next_step="Delete the file; the next `argosy up` resolves again.",
        )
    return text


def settings_folder(text: str) -> Path | None:
    """The folder whose uv settings (indexes, credentials) hold for a lock's text."""
    for line in text.splitlines():
        if line.startswith(SETTINGS_LINE):
            return Path(line.removeprefix(SETTINGS_LINE))
    return None


async def _interpreter(
    request: str, remembered: Remembered | None, progress: uv.Progress
) -> Interpreter:
    """The one of the last lock while it is there: asking uv costs a process."""
    known = remembered if remembered is not None and remembered.request == request else None
    if known is not None and known.interpreter.is_unchanged:
        return known.interpreter
    return await interpreter.find(request, progress)


def _keep_local(
    found: Sequence[Requirement], wanted: Source, into: Path
) -> tuple[list[Requirement], dict[str, str]]:
    """The same requirements, of kept copies where they lie on this machine; the digests by path."""
    kept: list[Requirement] = []
    digests: dict[str, str] = {}
    for one in found:
        path = one.local(wanted.folder or Path("/"))
        if path is None:
            kept.append(one)
        elif path.is_dir():
            digests[str(path)], copy = snapshots.keep(path, into)
            kept.append(one.moved(copy))
        else:
            digests[str(path)] = _file_digest(path)
            copy = into / digests[str(path)][:16] / path.name
            if not copy.is_file():
                _write(copy, path.read_bytes())
            kept.append(one.moved(copy))
    return kept, digests


def _unchanged(local: Mapping[str, str]) -> bool:
    return all(
        path.exists()
        and digest == (snapshots.digest(path) if path.is_dir() else _file_digest(path))
        for path, digest in ((Path(name), digest) for name, digest in local.items())
    )


def _text(found: Iterable[Requirement], wanted: Source) -> str:
    """A lock file: the same packages give the same text below its comments and index options."""
    head = ["# Resolved by uv for `argosy up`. Changes here are overwritten."]
    if wanted.folder is not None:
        head.append(f"{SETTINGS_LINE}{wanted.folder}")
    body = sorted((str(one) for one in found), key=str.lower)
    return "".join(f"{line}\n" for line in (*head, *dict.fromkeys(wanted.options), *body))


def digest_of(text: str, python: str) -> str:
    """Of a lock's text. Where packages come from is no part of it: hashes say what they are."""
    counted = [
        line for line in requirements.lines(text) if not line.startswith(requirements.ROUTING)
    ]
    return _digest(FORMAT, sysconfig.get_platform(), python, *sorted(counted))


def _digest(*parts: str) -> str:
    total = hashlib.sha256()
    for part in parts:
        encoded = part.encode(errors="surrogateescape")
        total.update(len(encoded).to_bytes(8, "big") + encoded)
    return total.hexdigest()


def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _kept(locks: Path, digest: str) -> Path:
    """Locks are kept by digest: an earlier revision can be started again."""
    return locks / "kept" / f"{digest[:16]}.txt"


def _recall(locks: Path, model_name: str) -> Remembered | None:
    """None where nothing is remembered that this version of Argosy understands."""
    try:
        told = json.loads((locks / f"{model_name}.json").read_text())
        python = told.pop("interpreter")
        known = Interpreter(Path(python["path"]), python["version"], python["modified"])
        return Remembered(**told, interpreter=known)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _remember(locks: Path, model_name: str, remembered: Remembered) -> None:
    told = json.dumps(asdict(remembered), default=str, indent=1)
    _write(locks / f"{model_name}.json", told)


def _write(file: Path, content: str | bytes) -> None:
    """Whole or not at all."""
    if isinstance(content, str):
        content = content.encode(errors="surrogateescape")
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".", delete=False) as temporary:
        temporary.write(content)
    Path(temporary.name).rename(file)
