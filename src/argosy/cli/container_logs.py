"""The logs of replicas that are containers: `docker compose logs` of the models asked for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ruamel.yaml import YAML

from argosy import find
from argosy.compose.project import MODEL
from argosy.errors import UsageError


def split(
    chosen: Mapping[Path, Sequence[str]],
) -> tuple[dict[Path, Sequence[str]], dict[Path, Sequence[str]]]:
    """The stacks whose replicas are processes, and those whose are containers."""
    contained = {file: models for file, models in chosen.items() if _project_file(file).exists()}
    return {file: one for file, one in chosen.items() if file not in contained}, contained


def print_logs(chosen: Mapping[Path, Sequence[str]], tail: int, follow: bool) -> None:
    """Docker prints them itself. Raises `UsageError` where it would have to follow two stacks."""
    if follow and len(chosen) > 1:
        raise UsageError(
            "containers of several stacks cannot be followed at once",
            next_step="Name one stack.",
        )
    for file, models in chosen.items():
        command = ["docker", "compose", "--file", str(_project_file(file)), "logs"]
        command += [f"--tail={tail}", *(["--follow"] if follow else []), *_services(file, models)]
        sys.stdout.flush()
        subprocess.run(command, check=False)


def _services(file: Path, models: Sequence[str]) -> list[str]:
    """All revisions of the models; a companion is named as it is. None means all."""
    services = YAML(typ="safe").load(_project_file(file))["services"]
    return [
        name
        for name, service in services.items()
        if name in models or (service.get("labels") or {}).get(MODEL) in models
    ]


def _project_file(file: Path) -> Path:
    return find.state_folder(file) / "compose" / "compose.yaml"
