"""A token reaches a model by its environment

`docker inspect`, a crash report and every program in the container can read it.

Why:
    A secret that is mounted as a file is seen by whoever opens it, and does not turn up in logs.

Example:
    environment:
      - HF_TOKEN=${HF_TOKEN}

Instead:
    environment:
      - HF_TOKEN_PATH=/run/secrets/hf_token
    secrets: [hf_token]

Source:
    Compose specification, secrets. huggingface_hub documentation, HF_TOKEN_PATH.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.project.hub_tokens import tokens
from argosy.lint.project.project import Project

CODE = "AI402"
SEVERITY = "info"


def check(project: Project) -> Iterator[Finding]:
    """A hub's token that is passed on from a variable."""
    for service, variable in tokens(project, written_down=False):
        yield Finding(
            variable.at,
            f"`{variable.name}` can be read by `docker inspect` and by all in the container",
            "Mount it as a secret, and set `HF_TOKEN_PATH=/run/secrets/…`.",
            service.name,
        )
