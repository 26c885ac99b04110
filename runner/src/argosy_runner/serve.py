"""Listen, serve, and leave: uvicorn's server with a drain of our own."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import logging
import signal
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import uvicorn
import uvloop

from argosy_runner.app import App
from argosy_runner.batch import Batcher
from argosy_runner.one_write import OneWriteProtocol
from argosy_runner.replica import Replica

if TYPE_CHECKING:
    from argosy_runner.log import Log
    from argosy_runner.settings import Settings
    from argosy_runner.traces.tracing import Tracing
    from argosy_runner.worker_process import WorkerProcess

Application = Callable[[Any, Any, Any], Awaitable[None]]  # ASGI

KEEP_ALIVE = 3600  # the gateway closes idle connections first: no request meets a closing one
BACKLOG = 2048
COLLECT_AFTER = (50_000, 20, 50)  # a request leaves no cycles behind; collecting is mostly in vain


def run(settings: Settings, log: Log, workers: list[WorkerProcess], born: float) -> int:
    """Serve until told to stop; the exit code."""
    return uvloop.run(_serve(settings, log, workers, born))


async def _serve(settings: Settings, log: Log, workers: list[WorkerProcess], born: float) -> int:
    orders = Orders()
    tracing = _tracing(settings) if settings.traces else None
    replica = Replica(settings, log, born, tracing.batcher if tracing else Batcher)
    await replica.attach(workers)
    application: Application = App(replica)
    interceptors: tuple[Any, ...] = ()
    if tracing is not None:
        application = tracing.around(application)
        interceptors = tracing.interceptors() if settings.grpc_listen else ()
    beside = partial(_serve_grpc, replica, interceptors) if settings.grpc_listen else None
    try:
        return await until_gone(replica, application, orders, log, beside)
    finally:
        if tracing is not None:
            await asyncio.to_thread(tracing.close)


def _tracing(settings: Settings) -> Tracing:
    """Imported only where traces are asked for."""
    from argosy_runner.traces.tracing import Tracing  # noqa: PLC0415

    return Tracing(settings)


class Serving(Protocol):
    """A replica of either shape of engine, as far as listening and leaving go."""

    settings: Settings
    failed: asyncio.Event
    has_served: bool

    def drain(self) -> None:
        """Unready from now on, and still answering."""

    def give_up(self, reason: str) -> None:
        """Nothing can be served; sets ``failed``."""

    async def close(self) -> None:
        """End what the replica has started."""


class Beside(Protocol):
    """What listens beside HTTP."""

    async def stop(self, grace: float | None) -> None:
        """Accept no more, and finish what there is within so many seconds."""


async def until_gone(
    replica: Serving,
    app: Application,
    orders: Orders,
    log: Log,
    beside: Callable[[], Awaitable[Beside | None]] | None = None,
) -> int:
    """Answer with ``app`` until told to stop; the exit code. ``beside`` starts after HTTP."""
    settings = replica.settings
    try:
        listener = listen(settings.listen)
    except OSError as error:
        replica.give_up(f"{settings.listen} cannot be listened on: {error}")
        await replica.close()
        return 1
    server = _server(app, log)
    await server.startup(sockets=[listener])
    gc.freeze()  # what was imported is never garbage
    gc.set_threshold(*COLLECT_AFTER)
    try:
        other = await beside() if beside is not None else None
        await _until_told(replica, orders)
        server.config.timeout_graceful_shutdown = grace = int(settings.timeout) + 1
        endings = [server.shutdown(sockets=[listener])]
        if other is not None:
            endings.append(other.stop(grace))
        await asyncio.gather(*endings)
    finally:
        await replica.close()
        for address in (settings.listen, settings.grpc_listen):
            if address.startswith("unix:"):
                Path(address.removeprefix("unix:")).unlink(missing_ok=True)
    return 1 if replica.failed.is_set() else 0


async def _serve_grpc(replica: Replica, interceptors: tuple[Any, ...]) -> Beside | None:
    """A `grpc.aio.Server`; None where its address cannot be had.

    It is imported aside, while HTTP is answered and the model loads.
    """
    name = "argosy_runner.protocols.open_inference.service"
    service = await asyncio.to_thread(importlib.import_module, name)
    try:
        server: Beside = await service.start(replica, interceptors)
    except RuntimeError as error:
        replica.give_up(f"{replica.settings.grpc_listen} cannot be listened on: {error}")
        return None
    replica.listening = True
    return server


class Orders:
    """What signals tell us: SIGTERM to drain and go, SIGINT or a second SIGTERM to go now."""

    def __init__(self) -> None:
        self.drain = asyncio.Event()
        self.go = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._terminate)
        loop.add_signal_handler(signal.SIGINT, self._interrupt)

    def _terminate(self) -> None:
        if self.drain.is_set():
            self.go.set()
        self.drain.set()

    def _interrupt(self) -> None:
        self.drain.set()
        self.go.set()


async def _until_told(replica: Serving, orders: Orders) -> None:
    """Return when it is time to stop accepting: drained, or failed."""
    waits = {asyncio.ensure_future(event.wait()) for event in (orders.drain, replica.failed)}
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    if replica.failed.is_set():
        return
    serving = replica.has_served
    replica.drain()
    if serving:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(orders.go.wait(), replica.settings.drain)


def listen(address: str) -> socket.socket:
    """A listening socket on ``unix:/path``, whose stale file is replaced, or ``host:port``."""
    if address.startswith("unix:"):
        path = address.removeprefix("unix:")
        Path(path).unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
    else:
        host, _, port = address.rpartition(":")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host.strip("[]"), int(port)))
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def _server(app: Application, log: Log) -> uvicorn.Server:
    logging.getLogger().addHandler(_ToLog(log))
    config = uvicorn.Config(
        app,
        loop="none",
        http=OneWriteProtocol,
        ws="none",
        lifespan="off",
        proxy_headers=False,
        interface="asgi3",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,  # the gateway adds one
        timeout_keep_alive=KEEP_ALIVE,
        backlog=BACKLOG,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    return server


class _ToLog(logging.Handler):
    """uvicorn's warnings, in the replica's log."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.write(*self.format(record).splitlines())
