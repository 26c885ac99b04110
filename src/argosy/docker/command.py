"""The command ``docker``: run, its output followed line by line, its failures translated."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from argosy.errors import DockerFailed

KEPT_LINES = 40
LINE_BYTES = 1 << 20
INSTALL = "Install Docker Engine: https://docs.docker.com/engine/install."


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code, its output, and the last lines of its errors."""

    code: int
    output: str
    errors: str


async def docker(
    *words: str,
    say: Callable[[str], None] = lambda _: None,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
) -> str:
    """What ``docker <words>`` prints. ``say`` gets each line of its standard error.

    Raises `DockerFailed` when it exits with another code than 0, with the command's own reason.
    """
    ended = await run(*words, say=say, folder=folder, environment=environment, stdin=stdin)
    if ended.code:
        reason = ended.errors.strip() or ended.output.strip() or f"exit code {ended.code}"
        raise DockerFailed(reason, where=f"docker {' '.join(words[:3])}")
    return ended.output


async def run(
    *words: str,
    say: Callable[[str], None] = lambda _: None,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
) -> Ended:
    """Run ``docker <words>`` to its end, whatever it is; it ends with us when we are cancelled.

    Raises `DockerFailed` where there is no such command.
    """
    program = shutil.which("docker")
    if program is None:
        raise DockerFailed("the command docker is not on PATH", next_step=INSTALL)
    process = await asyncio.create_subprocess_exec(
        program, *words,
        stdin=asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        cwd=folder, env={**os.environ, **(environment or {})}, limit=LINE_BYTES,
    )  # fmt: skip
    assert process.stdout
    assert process.stderr
    try:
        _, output, errors = await asyncio.gather(
            _feed(process.stdin, stdin), process.stdout.read(), _follow(process.stderr, say)
        )
        return Ended(await process.wait(), output.decode(errors="replace"), errors)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _feed(stream: asyncio.StreamWriter | None, content: bytes | None) -> None:
    if stream is None or content is None:
        return
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stream.write(content)
        await stream.drain()
    stream.close()


async def _follow(stream: asyncio.StreamReader, say: Callable[[str], None]) -> str:
    last: list[str] = []
    while line := await stream.readline():
        text = line.decode(errors="replace").rstrip()
        if text:
            say(text)
            last = [*last[-KEPT_LINES:], text]
    return "\n".join(last)
