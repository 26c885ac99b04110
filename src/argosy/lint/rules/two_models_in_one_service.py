"""One service runs two model servers

They share one memory limit, one health check, one log and one life.

Why:
    If one of them ends, the container does not; if the container ends, both do. Neither can be
    updated, scaled or measured alone, and Docker sees only one process.

Example:
    command: sh -c "vllm serve a --port 8000 & vllm serve b --port 8001"

Instead:
    services:
      a: {command: vllm serve a}
      b: {command: vllm serve b}

Source:
    Docker documentation, run multiple processes in a container: one service per container.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.project.project import Project

CODE = "AI411"
SEVERITY = "warning"

_SERVER = re.compile(
    r"vllm serve\b|vllm\.entrypoints\.\S+|sglang\.launch_server|ollama serve\b|\bllama-server\b"
    r"|llama_cpp\.server|\btritonserver\b|text-generation-launcher|text-embeddings-router"
    r"|\b(?:uvicorn|gunicorn|hypercorn)\s+[\w.-]+:\w+|\btorchserve\b|(?:fastapi run)\b"
)


def check(project: Project) -> Iterator[Finding]:
    """Command lines that start more than one."""
    for service in project.services:
        if service.has_own_command and _count(service.command.text) > 1:
            key = "command" if service.has("command") else "entrypoint"
            yield Finding(
                service.at_path(key),
                f"`{service.name}` runs {_count(service.command.text)} servers in one container",
                "Make a service of each.",
                service.name,
            )
    for image in project.images:
        for keyword in ("ENTRYPOINT", "CMD"):
            found = image.stage.last(keyword)
            if found is not None and _count(found.text) > 1:
                what = f"this image runs {_count(found.text)} servers in one container"
                yield Finding(
                    image.at(found), what, "Make an image, or at least a service, of each."
                )


def _count(text: str) -> int:
    return len(_SERVER.findall(text))
