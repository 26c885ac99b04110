"""The Docker Engine of this machine, for tests; scripts/docker makes one."""

from __future__ import annotations

import importlib.metadata
import json
import os
import secrets
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

INSTALL = "Docker Engine with Compose v2 and buildx does not answer: scripts/docker"
LABEL = "argosy-test"
SECONDS = 150

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")
INDEXES = ("PIP_INDEX_URL", "UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL")

PYTHON_IMAGE = "python:3.11-slim"
UV_IMAGE = f"ghcr.io/astral-sh/uv:{importlib.metadata.version('uv')}"


def answers() -> bool:
    """Whether there is an engine, and a client with both plugins."""
    asked = (("info",), ("compose", "version"), ("buildx", "version"))
    try:
        return all(
            subprocess.run(
                ["docker", *words], capture_output=True, timeout=SECONDS, check=False
            ).returncode
            == 0
            for words in asked
        )
    except FileNotFoundError:
        return False


def index_arguments() -> dict[str, str]:
    """The build arguments with which a build reaches the package index that this machine reaches.

    Docker hands proxies to every ``RUN``; a Dockerfile asks for the others, as in
    ``ARG UV_DEFAULT_INDEX``. Neither is set on most machines. Whom to trust is in the base image.
    """
    names = (*PROXIES, *(name.lower() for name in PROXIES), *INDEXES)
    return {name: os.environ[name] for name in names if os.environ.get(name)}


@dataclass(frozen=True)
class DockerEngine:
    """What one test makes in the engine, all under one name, by which it is removed."""

    name: str = field(default_factory=lambda: f"argosy-test-{secrets.token_hex(4)}")

    def docker(self, *words: str, folder: Path | None = None) -> str:
        """What ``docker <words>`` prints; the test fails with its errors where it does not work."""
        done = subprocess.run(
            ["docker", *words],
            cwd=folder, timeout=SECONDS, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"docker {' '.join(words)}\n{done.stderr}{done.stdout}"
        return done.stdout

    def build(self, folder: Path, *options: str) -> str:
        """Builds the folder's Dockerfile with BuildKit; gives the image's name."""
        arguments = [f"--build-arg={name}={value}" for name, value in index_arguments().items()]
        self.docker(
            "buildx", "build", f"--tag={self.name}", f"--label={LABEL}={self.name}",
            "--provenance=false", *arguments, *options, str(folder),
        )  # fmt: skip
        return self.name

    def compose(self, *words: str, folder: Path) -> str:
        """What ``docker compose <words>`` prints, of the project with our name in a folder."""
        return self.docker("compose", "--project-name", self.name, *words, folder=folder)

    def services(self, folder: Path) -> dict[str, dict[str, Any]]:
        """What ``docker compose ps`` tells of every service with one container."""
        lines = self.compose("ps", "--all", "--format", "json", folder=folder).splitlines()
        return {row["Service"]: row for row in map(json.loads, lines)}

    def remains(self) -> dict[str, list[str]]:
        """What is there under our name, by its kind."""
        project = f"label=com.docker.compose.project={self.name}"
        own = f"label={LABEL}={self.name}"
        listed = {
            "container": [("ps", "--all", "--quiet", "--filter", mark) for mark in (project, own)],
            "network": [("network", "ls", "--quiet", "--filter", project)],
            "volume": [("volume", "ls", "--quiet", "--filter", project)],
            "image": [("image", "ls", "--quiet", "--filter", own)],
        }
        return {
            kind: found
            for kind, asked in listed.items()
            if (found := sorted({one for words in asked for one in self.docker(*words).split()}))
        }

    def remove(self) -> None:
        """Removes all that is there under our name."""
        force = {"container": ["--force", "--volumes"], "image": ["--force"]}
        for kind, found in self.remains().items():
            self.docker(kind, "rm", *force.get(kind, []), *found)
