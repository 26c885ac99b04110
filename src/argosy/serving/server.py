"""Prepare, run, and with ``reload`` do it again after every edit: the story of `argosy serve`."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from pathlib import Path
from typing import Any, Protocol

from argosy import environments, find, snapshots
from argosy.errors import ArgosyError, CannotStart
from argosy.serving import address
from argosy.serving.runner import Made, Runner
from argosy.serving.watch import Watch
from argosy.stack.model import Model
from argosy_runner import engines

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Show(Protocol):
    """What the person at the terminal is told."""

    def progress(self, text: str) -> None:
        """What is done now."""

    def log(self, line: str) -> None:
        """A line of the model's or the runner's."""

    def ready(self, model: Model, listen: str, document: dict[str, Any]) -> None:
        """It answers at ``listen``; ``document`` is its OpenAPI document."""

    def trouble(self, error: ArgosyError) -> None:
        """It does not, until the next edit."""


class Server:
    """Serves one model in the foreground. ``listen`` is ``host:port`` or ``unix:/path``."""

    def __init__(self, model: Model, listen: str, show: Show, *, reload: bool = False) -> None:
        self._model = model
        self._listen = listen
        self._show = show
        self._reload = reload
        self._runner: Runner | None = None
        self._serving: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until SIGINT, SIGTERM or SIGHUP; a second one does not wait for requests.

        Raises `CannotStart` before anything starts where nobody could listen, and without
        ``reload`` the `ArgosyError` for which the model cannot be served.
        """
        self._listen = address.check_free(self._listen)
        state = _state_folder(self._model)
        story = asyncio.current_task()
        assert story is not None
        told_to_stop = False

        def stop() -> None:
            nonlocal told_to_stop
            if not told_to_stop:
                story.cancel()
            elif self._runner is not None:
                self._runner.kill()
            told_to_stop = True

        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
                asyncio.get_running_loop().add_signal_handler(number, stop)
        try:
            with tempfile.TemporaryDirectory(
                prefix="serve-", dir=state, ignore_cleanup_errors=True
            ) as place:
                try:
                    await self._serve(state, Path(place))
                finally:
                    await self._stop()
        except asyncio.CancelledError:
            if not told_to_stop:
                raise

    async def _serve(self, state: Path, place: Path) -> None:
        model = self._model
        watch = Watch([one for one in (model.code, model.weights) if one is not None])
        while True:
            try:
                made = await self._prepare(state, place)
                await self._stop()
                self._start(made, place)
                await self._until(watch)
            except ArgosyError as error:
                if not self._reload:
                    raise
                self._show.trouble(error)
                self._show.progress(await watch.changed())

    async def _prepare(self, state: Path, place: Path) -> Made:
        """While this goes on, what ran before goes on answering."""
        model, say = self._model, self._show.progress
        code = None
        if model.code is not None:
            _, code = await asyncio.to_thread(snapshots.keep, model.code, place / "code")
        needed = engines.requirements(model.engine)
        lock = await environments.resolve(model, state / "locks", needed, say)
        return Made(await environments.build(lock, say), code)

    def _start(self, made: Made, place: Path) -> None:
        self._show.progress("loading")
        self._runner = Runner(self._model, made, self._listen, place, self._show.log)
        self._serving = asyncio.create_task(
            self._runner.run(lambda found: self._show.ready(self._model, self._listen, found))
        )

    async def _until(self, watch: Watch) -> None:
        """The next edit, where that counts. Raises what ends the runner before."""
        assert self._serving is not None
        if not self._reload:
            await asyncio.shield(self._serving)
        changed = asyncio.ensure_future(watch.changed())
        try:
            await asyncio.wait({self._serving, changed}, return_when=asyncio.FIRST_COMPLETED)
            if self._serving.done():
                await self._serving
            self._show.progress(changed.result())
        finally:
            changed.cancel()

    async def _stop(self) -> None:
        """The runner has ended, and its address is free."""
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.wait({self._serving})
            if not self._serving.cancelled():
                self._serving.exception()  # it was told where it was awaited
            self._serving = None


def _state_folder(model: Model) -> Path:
    """Where the lock is kept: beside the model, as a stack file there would keep it."""
    place = model.code or model.weights
    assert place is not None
    try:
        return find.writable_state_folder(place)
    except CannotStart as error:
        raise CannotStart(
            "the lock of its environment cannot be kept here",
            where=str(place.parent),
            next_step="Make the folder writable, or copy the model to one that is.",
        ) from error
