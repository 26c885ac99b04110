"""Docker's daemon, asked once for all checks: what it tells of itself, or why it does not."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from argosy.docker import command
from argosy.docker.command import Ended

DEFAULT_ADDRESS = "unix:///var/run/docker.sock"
INSTALL = "curl -fsSL https://get.docker.com | sudo sh"  # Docker's own way, for every Linux
SYSTEM = "default"  # the context that names no other address


@dataclass(frozen=True)
class Daemon:
    """``told`` is `docker info` (Engine API, GET /info), empty where it did not answer.

    ``problem`` is then why, in Docker's words. ``address`` is where the client looks for it, and
    ``chosen_by`` who says so: the variable DOCKER_HOST, a context, or nobody. Without ``client``
    there is no command docker.
    """

    client: bool = False
    told: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    address: str = DEFAULT_ADDRESS
    chosen_by: str = ""

    @property
    def answers(self) -> bool:
        """Whether it told anything."""
        return bool(self.told) and not self.problem

    @property
    def is_local(self) -> bool:
        """Whether its paths and its memory are those of this machine."""
        return self.address.startswith("unix://")

    @property
    def is_rootless(self) -> bool:
        """Whether it runs without the rights of root."""
        return any("rootless" in option for option in self.told.get("SecurityOptions") or ())


async def look(seconds: float) -> Daemon:
    """What the daemon tells within so many seconds."""
    if shutil.which("docker") is None:
        return Daemon()
    address, chosen_by = DEFAULT_ADDRESS, ""
    try:
        async with asyncio.timeout(seconds):
            address, chosen_by = await _address()
            ended = await command.run("info", "--format", "{{json .}}")
    except TimeoutError:
        problem = f"did not answer in {seconds:g} s"
        return Daemon(True, problem=problem, address=address, chosen_by=chosen_by)
    told, problem = read(ended)
    return Daemon(True, told, problem, address, chosen_by)


def read(ended: Ended) -> tuple[Mapping[str, Any], str]:
    """What `docker info` told, and what it complains of.

    Clients differ: where the daemon does not answer, some end with 0, some print an object without
    content, and name the reason in ``ServerErrors`` or on standard error.
    """
    try:
        told = json.loads(ended.output)
    except ValueError:
        told = {}
    if not isinstance(told, dict):
        told = {}
    errors = told.get("ServerErrors") or []
    if told.get("ServerVersion") or "host" in told:  # "host" is how Podman answers
        return told, ""
    reason = " ".join(errors) or ended.errors.strip() or ended.output.strip()[:200]
    return {}, reason or f"exit code {ended.code}"


async def _address() -> tuple[str, str]:
    """Where the client looks, and who says so: docker(1), DOCKER_HOST and `docker context`."""
    if host := os.environ.get("DOCKER_HOST"):
        return host, "DOCKER_HOST"
    form = "{{.Name}} {{.Endpoints.docker.Host}}"
    ended = await command.run("context", "inspect", "--format", form)
    name, _, address = ended.output.strip().partition(" ")
    if ended.code or not address:
        return DEFAULT_ADDRESS, ""
    return address, "" if name == SYSTEM else f"the context {name}"
