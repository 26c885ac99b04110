"""A Docker Engine of a test's own, which it may stop as it likes. It shares nothing with the other.

It has no rules for packets of its own, so as not to meddle with those of the machine's engine:
nothing is built in it, and its containers reach nobody but the host.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from tests.docker_engine import SECONDS
from tests.waiting import until

UNPACKED = Path("/usr/local/lib/argosy-docker/usr")  # where scripts/docker puts what it fetches
ADDRESS = "198.51.100.1/24"  # RFC 5737: nobody's
PROGRAMS = os.pathsep.join([f"{UNPACKED}/sbin", f"{UNPACKED}/bin", os.environ["PATH"]])


def is_possible() -> bool:
    """Whether this user can start one here."""
    return os.geteuid() == 0 and shutil.which("dockerd", path=PROGRAMS) is not None


class OwnEngine:
    """`start` and `stop` it; its images and containers outlive that."""

    def __init__(self) -> None:
        self._place = tempfile.TemporaryDirectory(prefix="dockerd-", ignore_cleanup_errors=True)
        self.folder = Path(self._place.name)
        self.host = f"unix://{self.folder}/s"
        self._daemon: subprocess.Popen[bytes] | None = None
        # One of its own: with none, it would remove that of the machine's engine.
        self._bridge = f"argosy-{secrets.token_hex(3)}"
        self._link("add", self._bridge, "type", "bridge")
        subprocess.run(["ip", "address", "add", ADDRESS, "dev", self._bridge], check=True)
        self._link("set", self._bridge, "up")

    def start(self, *options: str) -> None:
        """Return once it answers."""
        command = [
            "dockerd", f"--host={self.host}", f"--data-root={self.folder}/data",
            f"--exec-root={self.folder}/x", f"--pidfile={self.folder}/pid",
            f"--bridge={self._bridge}", "--iptables=false", "--ip6tables=false", "--ip-masq=false",
            "--feature=containerd-snapshotter=true", *options,
        ]  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            self._daemon = subprocess.Popen(
                command, env={**os.environ, "PATH": PROGRAMS}, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        until(lambda: self._docker("info").returncode == 0, "the engine answers")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Without live-restore its containers end with it, if it is not killed."""
        if self._daemon:
            self._daemon.send_signal(number)
            self._daemon.wait(SECONDS)
            self._daemon = None

    def take(self, *images: str) -> None:
        """Copy images of the machine's engine."""
        with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as saving:
            loaded = subprocess.run(
                ["docker", "--host", self.host, "load"],
                stdin=saving.stdout, capture_output=True, timeout=SECONDS, check=False,
            )  # fmt: skip
        assert loaded.returncode == 0, loaded.stderr

    def remove(self) -> None:
        """End it and all that it runs."""
        if self._daemon and (found := self._docker("ps", "--all", "--quiet").stdout.split()):
            self._docker("rm", "--force", *found)
        self.stop()
        self._link("delete", self._bridge)
        self._place.cleanup()

    def _link(self, *words: str) -> None:
        subprocess.run(["ip", "link", *words], check=True)

    def _docker(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["docker", "--host", self.host, *words],
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
