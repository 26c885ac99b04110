"""The runner's process of a model that is served alone: started, asked until it is ready, ended."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from argosy import processes
from argosy.errors import ModelFailed
from argosy.processes import ProcessIdentity
from argosy.serving import address
from argosy.stack.model import Model
from argosy_runner import settings as runner

ASK_EVERY = 0.05
ANSWER_TIMEOUT = 5.0
LONGEST_LINE = 1 << 20  # bytes; the runner's own lines are far shorter
MARGIN = 5.0  # seconds beyond the longest request


@dataclass(frozen=True)
class Made:
    """What a runner runs: an interpreter, and a copy of the code."""

    python: Path
    code: Path | None


class Runner:
    """Of one model as it is now. ``place`` is a folder of its own."""

    def __init__(
        self, model: Model, made: Made, listen: str, place: Path, log: Callable[[str], None]
    ) -> None:
        self._model = model
        self._made = made
        self._listen = listen
        self._place = place
        self._log = log
        self._identity = ProcessIdentity(0, 0)

    async def run(self, ready: Callable[[dict[str, Any]], None]) -> None:
        """Run it until it ends by itself, which is a failure: raises `ModelFailed`.

        ``ready`` is told the OpenAPI document. When cancelled, ends it: what is being computed is
        finished.
        """
        self._termination.unlink(missing_ok=True)
        settings = self._place / "settings.json"
        settings.write_bytes(msgspec.json.encode(self._settings()))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "argosy_runner", settings,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            limit=LONGEST_LINE,
            start_new_session=True,  # Ctrl-C is ours to pass on
            preexec_fn=processes.ending_with_parent(),
        )  # fmt: skip
        self._identity = ProcessIdentity.of(process.pid)
        logging = asyncio.create_task(self._copy_log(process))
        try:
            ready(await self._until_ready(process))
            await process.wait()
            await logging
            raise self._failure(process)
        finally:
            await self._end(process)
            await logging

    def kill(self) -> None:
        """End it at once."""
        self._identity.kill_session()

    async def _until_ready(self, process: asyncio.subprocess.Process) -> dict[str, Any]:
        ended = asyncio.ensure_future(process.wait())
        path = self._listen.removeprefix(address.UNIX)
        transport = httpx.AsyncHTTPTransport(uds=None if path == self._listen else path)
        base = address.url(self._listen)
        try:
            async with httpx.AsyncClient(
                transport=transport, base_url=base, timeout=ANSWER_TIMEOUT
            ) as client:
                while not ended.done():
                    with contextlib.suppress(httpx.HTTPError, ValueError):
                        if (await client.get("/ready")).is_success and not ended.done():
                            return await _document(client)
                    await asyncio.wait({ended}, timeout=ASK_EVERY)
        finally:
            ended.cancel()
        raise self._failure(process)

    def _settings(self) -> runner.Settings:
        model = self._model
        return runner.Settings(
            model=model.name,
            replica=model.name,
            listen=self._listen,
            python=str(self._made.python),
            engine=model.engine,
            code=str(self._made.code) if self._made.code else None,
            weights=str(model.weights) if model.weights else None,
            workers=model.workers,
            batch=runner.Batch(model.batch.max_size) if model.batch else None,
            timeout=model.timeout,
            start_timeout=model.start_timeout,
            drain=0.0,  # nobody routes to it
            env=dict(model.env),
            termination_log=str(self._termination),
        )

    @property
    def _termination(self) -> Path:
        return self._place / "termination"

    async def _copy_log(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self._log(self._in_users_words(line.decode(errors="replace").rstrip("\n")))

    def _in_users_words(self, text: str) -> str:
        """With the path of the file that was edited, not of the copy that runs."""
        if self._made.code is None:
            return text
        return text.replace(str(self._made.code), str(self._model.code))

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            self._identity.signal(signal.SIGINT)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), self._model.timeout + MARGIN)
        self._identity.kill_session()
        await process.wait()

    def _failure(self, process: asyncio.subprocess.Process) -> ModelFailed:
        reason = ""
        with contextlib.suppress(OSError):
            reason = self._termination.read_text(errors="replace").strip()
        if not reason:
            code = process.returncode or 0
            ended = f"by {signal.Signals(-code).name}" if code < 0 else f"with code {code}"
            return ModelFailed(f"the runner ended {ended}", where=self._model.name)
        last = self._in_users_words(reason).rpartition("\n")[2]
        return ModelFailed(f"it cannot be served: {last}", where=self._model.name)


async def _document(client: httpx.AsyncClient) -> dict[str, Any]:
    """Empty for an engine that has none."""
    answer = await client.get("/openapi.json")
    found: dict[str, Any] = answer.json() if answer.is_success else {}
    return found
