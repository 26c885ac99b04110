"""Finding the Python that a model asks for."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from argosy.environments import uv
from argosy.errors import EnvironmentFailed

OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
OLDEST = (3, 8)  # what a worker runs on
OWN_FULL = f"{OWN}.{sys.version_info.micro}"


@dataclass(frozen=True)
class Interpreter:
    """A Python of this machine. ``version`` is full ("3.9.18"); ``modified`` the file's, in ns."""

    path: Path
    version: str
    modified: int

    @property
    def is_unchanged(self) -> bool:
        """Whether the same file still lies there."""
        try:
            return self.path.stat().st_mtime_ns == self.modified
        except OSError:
            return False


async def find(request: str, say: uv.Progress) -> Interpreter:
    """The interpreter for ``request``, "3.9" or "3.9.18"; downloaded by uv where it may.

    The Python that runs Argosy itself is taken when it fits. Raises `EnvironmentFailed`.
    """
    if here := await present(request):
        return here
    say(f"downloading Python {request}")
    installed = await uv.run(["python", "install", "--no-bin", f"cpython@{request}"], say=say)
    if installed.code:
        raise await _absent(request, installed)
    found = await _found(request)
    if found.code:
        raise await _absent(request, found)
    return await _asked(Path(found.output.strip()))


async def present(request: str) -> Interpreter | None:
    """The interpreter for ``request`` that is on this machine. Raises `EnvironmentFailed`."""
    if own := _own(request):
        return own
    found = await _found(request)
    return None if found.code else await _asked(Path(found.output.strip()))


def matches(request: str, version: str) -> bool:
    """Whether a full version satisfies a request: "3.9.18" does "3.9"."""
    return version == request or version.startswith(f"{request}.")


def _own(request: str) -> Interpreter | None:
    """The interpreter below Argosy's own virtual environment; no process is started for it."""
    path = Path(sys.base_prefix) / "bin" / f"python{OWN}"
    if sys.implementation.name != "cpython" or not path.is_file() or not matches(request, OWN_FULL):
        return None
    return Interpreter(path, OWN_FULL, path.stat().st_mtime_ns)


async def _found(request: str) -> uv.Ended:
    return await uv.run(["python", "find", "--system", "--no-project", f"cpython@{request}"])


async def _asked(path: Path) -> Interpreter:
    """What the interpreter says of itself, which also proves that it runs."""
    code = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
    process = await asyncio.create_subprocess_exec(
        path, "-I", "-S", "-c", code, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, messages = await process.communicate()
    if process.returncode:
        last = messages.decode(errors="replace").strip().rpartition("\n")[2]
        raise EnvironmentFailed(f"this Python does not run: {last}", where=str(path))
    return Interpreter(path, output.decode().strip(), path.stat().st_mtime_ns)


async def _absent(request: str, ended: uv.Ended) -> EnvironmentFailed:
    present = await _present()
    here = f" This machine has {', '.join(present)}." if present else ""
    return EnvironmentFailed(
        f"Python {request} is not on this machine and could not be downloaded"
        f" ({uv.explain(ended.messages)})",
        next_step="Install it so that it is on PATH (`uv python install`, pyenv, a system package)"
        f" or change `python:` in the stack file.{here}",
    )


async def _present() -> list[str]:
    listed = await uv.run(["python", "list", "--only-installed", "--output-format", "json"])
    if listed.code:
        return []
    versions = {entry["version"] for entry in json.loads(listed.output)} | {OWN_FULL}
    numbers = [tuple(int(part) for part in re.findall(r"\d+", text)[:3]) for text in versions]
    return [".".join(map(str, number)) for number in sorted(numbers) if number >= OLDEST]
