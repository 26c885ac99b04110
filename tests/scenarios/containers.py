"""The stack under test with its replicas as containers, and what can be done to these."""

from __future__ import annotations

import secrets
from pathlib import Path

from tests.docker_engine import DockerEngine
from tests.scenarios.stack import StackUnderTest, children


class ContainedStack(StackUnderTest):
    """Its name is its own, so that its images are."""

    platform = "compose"

    def __init__(self, folder: Path, engine: DockerEngine) -> None:
        super().__init__(folder)
        self.name = f"test-{secrets.token_hex(3)}"
        self.engine = engine

    def runner_pid(self, pid: int) -> int:
        """A container's first process is Docker's init, whose child the runner is."""
        return children(pid)[0]

    def containers(self, model: str, *more: str) -> list[str]:
        """The ids of a model's containers; ``more`` are filters of ``docker ps``."""
        ours = f"label=com.docker.compose.project={self.project}"
        filters = [f"--filter={one}" for one in (ours, f"label=argosy.model={model}", *more)]
        return self.engine.docker("ps", "--quiet", "--no-trunc", *filters).split()

    @property
    def project(self) -> str:
        """The name of the Compose project."""
        file = self.folder / ".argosy" / "compose" / "compose.yaml"
        return file.read_text().partition("\nname: ")[2].partition("\n")[0]

    def logs(self) -> str:
        """Docker has those of replicas."""
        return super().logs() + self.argosy("logs").out

    def end(self) -> None:
        """Its images go, too; no other stack has this name."""
        super().end()
        listed = ("image", "ls", "--format", "{{.Repository}}:{{.Tag}}")
        if images := self.engine.docker(*listed, f"argosy/{self.name}-*").split():
            self.engine.docker("image", "rm", "--force", *images)
