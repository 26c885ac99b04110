"""Programs of the system, asked a question: they may be absent, fail, or never answer."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from dataclasses import dataclass

LAST_WAIT = 1.0  # seconds for a killed process; one that waits for a driver cannot even be killed


@dataclass(frozen=True)
class Ended:
    """A program that has ended."""

    code: int
    output: str
    errors: str

    @property
    def said(self) -> str:
        """What it complains of, wherever it writes that."""
        return (self.errors.strip() or self.output.strip()) or f"exit code {self.code}"


async def run(*command: str) -> Ended | None:
    """Run a program to its end; None where it is not on PATH. Cancelled, it is killed."""
    path = shutil.which(command[0])
    if path is None:
        return None
    process = await asyncio.create_subprocess_exec(
        path, *command[1:], stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        output, errors = await process.communicate()
        return Ended(
            await process.wait(), output.decode(errors="replace"), errors.decode(errors="replace")
        )
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_WAIT):
                    await process.wait()
