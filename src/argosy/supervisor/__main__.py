"""The supervisor's process: ``python -m argosy.supervisor <stack file>``."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

import uvicorn

from argosy import find
from argosy.errors import AlreadyRunning, ArgosyError
from argosy.supervisor.api import application
from argosy.supervisor.client import lock_file
from argosy.supervisor.loop import SOCKET, Supervisor

LOG_BYTES = 5_000_000


def main() -> None:
    """Own the stack until it is down. SIGTERM ends the supervisor alone; what it runs goes on."""
    file = Path(sys.argv[1])
    state = find.state_folder(file)
    state.mkdir(parents=True, exist_ok=True)
    with lock_file(file).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(0) from AlreadyRunning("another supervisor owns this stack")
        address = find.run_folder(file) / SOCKET
        lock_file(file).write_text(f"{file}\n{address}\n")
        _log_to(state / "supervisor.log")
        asyncio.run(_own(file, state, address))


async def _own(file: Path, state: Path, address: Path) -> None:
    run_folder = address.parent
    try:
        supervisor = Supervisor(file, state, run_folder)
    except ArgosyError as error:
        raise SystemExit(str(error)) from error
    identity = run_folder / "stack.json"
    identity.write_text(json.dumps({"file": str(file)}))
    config = uvicorn.Config(
        application(supervisor),
        log_config=None,
        access_log=False,
        lifespan="off",
        date_header=False,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[_private_socket(address)]))
    running = asyncio.create_task(supervisor.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    try:
        await running
        identity.unlink(missing_ok=True)
    except asyncio.CancelledError:
        pass
    finally:
        server.end()
        await serving
        address.unlink(missing_ok=True)


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: signals belong to the loop here.

    Nor does it wake ten times a second to see whether it is to end.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._over = asyncio.Event()

    def end(self) -> None:
        """Finish what is being answered, and no more."""
        self.should_exit = True
        self._over.set()

    async def main_loop(self) -> None:
        """Until `end`."""
        await self._over.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _private_socket(address: Path) -> socket.socket:
    """A listening socket that only this user can open; uvicorn's own would be open to all."""
    address.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listening.bind(str(address))
    finally:
        os.umask(before)
    return listening


def _log_to(file: Path) -> None:
    handler = RotatingFileHandler(file, maxBytes=LOG_BYTES, backupCount=1)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)


if __name__ == "__main__":
    main()
