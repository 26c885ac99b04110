"""A stack brought up by the command line, and what its processes use."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from argosy.errors import ArgosyError
from benchmarks import servers

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
UP_SECONDS = 300
DIGITS = """\
name: {name}
platform: {platform}
models:
  digits:
    engine: onnx
    weights: {weights}
    batch: {{max_size: 64}}
    resources: {{cpus: 1}}
gateway:
  listen: 127.0.0.1:{port}
"""


def copy_of_the_desk(folder: Path, name: str = "desk", platform: str = "process") -> Path:
    """The models of examples/desk at a free port, once brought up so that all is built."""
    desk = folder / name
    shutil.copytree(servers.DESK, desk, ignore=shutil.ignore_patterns(".argosy"))
    file = desk / "argosy.yaml"
    text = file.read_text().replace("name: desk\n", f"name: {name}\nplatform: {platform}\n")
    file.write_text(text.replace(":${DESK_PORT:-8080}", f":{servers.free_port()}"))
    ready_seconds(desk)
    return desk


def write_digits(folder: Path, name: str, port: int, platform: str = "process") -> None:
    """A stack file of the one model that most comparisons are about."""
    folder.mkdir(exist_ok=True)
    text = DIGITS.format(name=name, platform=platform, weights=servers.DIGITS, port=port)
    (folder / "argosy.yaml").write_text(text)


def ready_seconds(folder: Path) -> float:
    """How long `up -d` takes; the stack is down before and after."""
    stack = Started(folder)
    try:
        return stack.up()
    finally:
        stack.down()


class Started:
    """The stack of ``folder``, in a run folder of its own, so that it meets no other stack.

    Environments come from the user's shared store: what is built once is built for good.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run = folder / "run"

    def up(self) -> float:
        """Bring it up and wait until every model is ready; seconds that took."""
        started = time.monotonic()
        self.argosy("up", "-d", str(self.folder))
        return time.monotonic() - started

    def down(self) -> None:
        self.argosy("down", str(self.folder))

    def argosy(self, *words: str) -> str:
        """What a command prints. Raises `ArgosyError` where it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "argosy", *words],
            env={**os.environ, "ARGOSY_RUN_DIR": str(self.run)},
            capture_output=True, text=True, check=False, timeout=UP_SECONDS,
        )  # fmt: skip
        if done.returncode:
            raise ArgosyError(
                done.stderr.strip() or done.stdout.strip(), where=f"argosy {words[0]}"
            )
        return done.stdout

    def processes(self) -> list[Process]:
        """Every process that was started for this stack, found by the run folder it was given."""
        mark = f"ARGOSY_RUN_DIR={self.run}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    environment = (entry / "environ").read_bytes().split(b"\0")
                    command = (entry / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue
                if mark in environment:
                    found.append(Process(int(entry.name), os.fsdecode(b" ".join(command)).strip()))
        return found


@dataclass(frozen=True)
class Process:
    """One process of the stack."""

    pid: int
    command: str

    @property
    def role(self) -> str:
        """Supervisor, gateway, runner or worker."""
        if "argosy_runner/worker" in self.command:
            return "worker"
        if "argosy_runner" in self.command:
            return "runner"
        return "gateway" if "envoy" in self.command.partition(" ")[0] else "supervisor"

    def memory(self) -> tuple[int, int]:
        """Resident bytes: all of them, and with shared pages divided among their users (PSS)."""
        sizes = {}
        for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()[1:]:
            key, _, rest = line.partition(":")
            sizes[key] = int(rest.split()[0]) * 1024
        return sizes["Rss"], sizes["Pss"]

    def processor_seconds(self) -> float:
        """User and system time used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND
