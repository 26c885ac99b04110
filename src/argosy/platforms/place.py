"""Where one replica lies on this machine: its files, and what they tell of it."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argosy.processes import ProcessIdentity, find_by_argument


@dataclass(frozen=True)
class Place:
    """The files of one replica. ``folder`` is short: a unix socket path has 108 bytes at most."""

    folder: Path
    log: Path
    cgroup: str

    @property
    def record(self) -> Path:
        """Who runs here: pid, start tick, cgroup, and whether it was told to go."""
        return self.folder / "record.json"

    @property
    def settings(self) -> Path:
        """What the runner was told; its path on the command line identifies the process."""
        return self.folder / "settings.json"

    @property
    def socket(self) -> Path:
        """Where the replica answers."""
        return self.folder / "s"

    @property
    def grpc_socket(self) -> Path:
        """Where it answers over gRPC."""
        return self.folder / "g"

    @property
    def engine_socket(self) -> Path:
        """Where a served engine answers, if it can on a socket."""
        return self.folder / "e"

    @property
    def termination_log(self) -> Path:
        """Why the runner gave up, in its own words."""
        return self.folder / "termination"

    def read_record(self) -> dict[str, Any] | None:
        """None where no replica was started."""
        try:
            record: dict[str, Any] = json.loads(self.record.read_text())
        except (OSError, ValueError):
            return None
        return record

    def find_process(self, record: dict[str, Any] | None) -> ProcessIdentity | None:
        """The process that runs here now."""
        if record is None:
            return None
        if record["pid"] == 0:  # its supervisor died between starting it and writing it down
            return find_by_argument(str(self.settings))
        process = ProcessIdentity(record["pid"], record["started"])
        return process if process.alive else None

    def clear(self) -> None:
        """Nothing runs here, and nothing shall."""
        for file in self._files():
            file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def _files(self) -> tuple[Path, ...]:
        return (self.record, self.settings, self.termination_log, *self.sockets)

    @property
    def sockets(self) -> tuple[Path, ...]:
        """Everything that listens here."""
        return (self.socket, self.grpc_socket, self.engine_socket)
