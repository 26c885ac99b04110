"""What is installed in an image, asked of its own Python."""

from __future__ import annotations

import json
from importlib.resources import files

from argosy.docker.command import docker
from argosy.images import layout
from argosy.images.report import Package

WITHOUT_RIGHTS = ("--network=none", "--read-only", "--cap-drop=ALL")


async def packages(reference: str) -> tuple[Package, ...]:
    """The packages of the model's environment in this image. Raises `DockerFailed`."""
    python = f"--entrypoint={layout.ENVIRONMENT}/bin/python"
    program = files("argosy.images").joinpath("inventory.py").read_bytes()
    told = await docker(
        "run", "--rm", "--interactive", *WITHOUT_RIGHTS, python, reference, "-I", "-", stdin=program
    )
    return tuple(Package(name, version, size) for name, version, size in json.loads(told))
