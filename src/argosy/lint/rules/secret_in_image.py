"""A secret is a build argument or a variable of the image

It stays in the image's history for whoever pulls it, also when a later step unsets it.

Why:
    `docker history` shows the values of ARG and ENV.

Example:
    ARG HF_TOKEN
    RUN HF_TOKEN=$HF_TOKEN hf download org/model

Instead:
    RUN --mount=type=secret,id=hf_token,env=HF_TOKEN hf download org/model

Source:
    Docker documentation, build secrets; the build check SecretsUsedInArgOrEnv.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.compose_files.secrets import looks_secret
from argosy.dockerfiles.syntax import Instruction
from argosy.lint.finding import Finding
from argosy.lint.project.project import Project

CODE = "AI404"
SEVERITY = "error"


def check(project: Project) -> Iterator[Finding]:
    """Names and values that look like secrets; a variable that is set to nothing is none."""
    for image in project.images:
        for stage in image.stages:
            for one in stage.instructions:
                if one.keyword not in ("ARG", "ENV"):
                    continue
                for name, value in _named(one):
                    is_unset = one.keyword == "ENV" and not value
                    if looks_secret(name, value) and not is_unset:
                        yield Finding(
                            image.at(one),
                            f"`{name}` stays in the image's history",
                            "Mount it for the one step: `RUN --mount=type=secret,id=…`.",
                        )


def _named(instruction: Instruction) -> Iterator[tuple[str, str]]:
    """Names with their values; an ARG without a default has none."""
    for name, value in instruction.environment.items():
        yield name, value.text
    if instruction.keyword == "ARG":
        yield from ((word.text, "") for word in instruction.words if "=" not in word.text)
