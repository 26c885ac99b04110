"""From a model's requirements to the packages that satisfy them. uv chooses."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from argosy.environments import requirements, uv
from argosy.environments.interpreter import Interpreter
from argosy.environments.requirements import Requirement
from argosy.environments.source import Source
from argosy.errors import EnvironmentFailed

COMPILE = ("pip", "compile", "--generate-hashes", "--no-annotate", "--no-header")
EXPORT = (
    "export", "--locked", "--no-default-groups", "--no-emit-project", "--no-annotate",
    "--no-header",
)  # fmt: skip


async def resolve(
    source: Source, python: Interpreter, preferred: Path, progress: uv.Progress, upgrade: bool
) -> list[Requirement]:
    """Every package to install on ``python``, pinned and hashed.

    The versions of ``preferred``, an older lock that need not exist, are kept where they satisfy
    the requirements, unless ``upgrade``. Raises `EnvironmentFailed` with uv's reason.
    """
    if source.is_empty:
        return []
    progress(f"resolving {source.name}")
    with tempfile.TemporaryDirectory(prefix="argosy-") as name:
        work = Path(name)
        output = work / "lock.txt"
        output.write_text(_without_options(requirements.read(preferred)))
        engine = work / "engine.txt"
        engine.write_text("".join(f"{line}\n" for line in source.engine))
        flags = ("--upgrade",) if upgrade else ()
        options: tuple[str | Path, ...] = ("--python", python.path, "--output-file", output)
        command = (*COMPILE, *options, *flags)
        if source.uv_lock is None:
            files = [source.file, engine] if source.file else [engine]
            await _run([*command, *files], source, progress)
            return _with_given_hashes(requirements.requirements(output.read_text()), source)
        exported = await _run([*EXPORT, "--python", python.path], source, progress)
        locked = list(requirements.requirements(exported))
        if not source.engine:
            return locked
        pins = work / "pins.txt"
        pins.write_text("".join(f"{one.text}\n" for one in locked if one.pin))
        await _run([*command, engine, "--constraints", pins], source, progress)
        names = {one.pin[0] for one in locked if one.pin}
        added = requirements.requirements(output.read_text())
        return locked + [one for one in added if not one.pin or one.pin[0] not in names]


async def _run(command: Sequence[str | Path], source: Source, progress: uv.Progress) -> str:
    ended = await uv.run(command, folder=source.folder, say=progress)
    if ended.code == 0:
        return ended.output
    if "--locked" in ended.messages:
        raise EnvironmentFailed(
            "uv.lock does not match pyproject.toml",
            where=str(source.uv_lock),
            next_step=f"Run `uv lock` in {source.folder}.",
        )
    where = str(source.file) if source.file else None
    error = uv.failed(ended, "the packages cannot be resolved", where)
    if source.engine and "unsatisfiable" in ended.messages:
        needs = ", ".join(source.engine)
        error.next_step = f"{error.next_step or ''} The engine itself needs {needs}.".strip()
    raise error


def _without_options(lock: str) -> str:
    """A lock as uv reads it for its versions: another index may hold by now."""
    return "".join(f"{one}\n" for one in requirements.requirements(lock))


def _with_given_hashes(found: Iterable[Requirement], source: Source) -> list[Requirement]:
    """``found``, with the user's own hashes where the user has given any for that version.

    uv asks the index for hashes and would let a package pass that the user's file refuses.
    """
    given = {
        one.pin: one.hashes
        for text in source.texts
        for one in requirements.requirements(text)
        if one.pin and one.hashes
    }
    return [
        Requirement(one.text, given.get(one.pin, one.hashes) if one.pin else one.hashes)
        for one in found
    ]
