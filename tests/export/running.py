"""An exported stack that runs: real images, real nginx, started by ``docker compose up``."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from argosy.export.write import export
from argosy.stack.file import load
from argosy.supervisor.building import revisions
from tests.docker_engine import DockerEngine
from tests.ports import free_address
from tests.waiting import until


@dataclass(frozen=True)
class Running:
    """``address`` is nginx's; ``folder`` has the exported files."""

    engine: DockerEngine
    folder: Path
    address: str

    def compose(self, *words: str) -> str:
        """What ``docker compose <words>`` prints."""
        return self.engine.compose(*words, folder=self.folder)

    def start(self) -> None:
        """Returns once all are healthy; says what they logged where they do not become so."""
        try:
            self.compose("up", "--detach", "--wait")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.compose('logs', '--tail=20')}") from error
        until(self._ready, "nginx finds every model")

    def failures(self) -> str:
        """What nginx has logged but answers of 200."""
        lines = self.compose("logs", "--no-log-prefix", "gateway").splitlines()
        return "\n".join(line for line in lines if '"code":200' not in line)

    def _ready(self) -> bool:
        scheme = "https" if (self.folder / "secrets" / "certificate.pem").exists() else "http"
        try:
            return httpx.get(f"{scheme}://{self.address}/ready", verify=False).is_success
        except httpx.HTTPError:
            return False


@contextlib.contextmanager
def running(
    engine: DockerEngine, stack_file: Path, secrets: dict[str, str], variables: dict[str, str]
) -> Iterator[Running]:
    """Exported, built, started and healthy; what it made in the engine goes again."""
    stack = load(stack_file)
    folder = stack.folder / "out"
    found = asyncio.run(revisions(stack, (), lambda _model, _text: None))
    asyncio.run(export(stack, found, folder))
    for name, text in secrets.items():
        (folder / "secrets").mkdir(exist_ok=True)
        (folder / "secrets" / name).write_text(text)
        (folder / "secrets" / name).chmod(0o644)
    address = free_address()
    told = {"GATEWAY_LISTEN": address, "PROMETHEUS_LISTEN": free_address(), **variables}
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in told.items()))
    made = Running(engine, folder, address)
    try:
        made.compose("build", "--quiet")
        made.start()
        yield made
    finally:
        images = [
            one
            for one in made.compose("config", "--images").split()
            if one.startswith(f"{stack.name}-")
        ]
        made.compose("down", "--volumes", "--timeout=1")
        made.engine.docker("image", "rm", "--force", *images)
