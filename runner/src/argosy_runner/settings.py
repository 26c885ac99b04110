"""What a runner is told at its start: one JSON file, written by whoever starts it.

Times are seconds, sizes bytes. ``listen`` is ``unix:/path`` or ``host:port``, and so is
``grpc_listen``, without which there is no gRPC.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any, Literal

import msgspec


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many rows go to the worker at once, and how long a row may wait for company."""

    max_size: int
    max_delay: float = 0.0


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One replica. ``python`` is the interpreter of the model's own environment.

    ``memory`` is the limit that the platform enforces on the replica; the runner only names it when
    a worker dies of it. ``queue`` is how many rows may wait for a worker. Without a ``log_file``
    the log goes to standard output. The reason of a start that failed is written to
    ``termination_log``. A longer body than ``max_body`` is refused.
    ``options`` are the engine's own. Pickles among weights that are not ``weights_local``, because
    they were downloaded, are read only with ``trust``. ``serve_at`` is where a served engine's own
    server is to listen; only such an engine has it. ``traces`` is the OTLP/HTTP address of a
    collector (``http://host:port``); without it nothing is traced. In ``replica``, ``{hostname}``
    stands for this machine's: containers of one image are told the same.
    """

    model: str
    listen: str
    python: str
    grpc_listen: str = ""
    revision: str = "r1"
    replica: str = ""
    engine: str = "python"
    code: str | None = None
    weights: str | None = None
    weights_local: bool = True
    options: dict[str, Any] = {}
    trust: Literal["pickle"] | None = None
    command: tuple[str, ...] = ()
    serve_at: str | None = None
    workers: int = 1
    batch: Batch | None = None
    queue: int = 1000
    timeout: float = 30.0
    start_timeout: float = 300.0
    drain: float = 3.0
    env: dict[str, str] = {}
    log_file: str | None = None
    termination_log: str | None = None
    memory: int | None = None
    max_body: int = 64 * 1024 * 1024
    traces: str = ""

    @property
    def name(self) -> str:
        """What the log calls the replica."""
        return self.replica or f"{self.model}.{self.revision}"


def read(path: Path) -> Settings:
    """Raises `msgspec.ValidationError` for a file that is not a `Settings`."""
    told = msgspec.json.decode(path.read_bytes(), type=Settings)
    name = told.replica.replace("{hostname}", socket.gethostname())
    return msgspec.structs.replace(told, replica=name)
