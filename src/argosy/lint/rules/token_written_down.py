"""A token stands in the file

Whoever can read the repository, its history or the output of `docker inspect` has it.

Why:
    A token that was committed counts as published: it has to be revoked, not deleted.

Example:
    environment:
      - HF_TOKEN=hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345

Instead:
    environment:
      - HF_TOKEN_PATH=/run/secrets/hf_token
    secrets: [hf_token]

Source:
    Compose specification, secrets. huggingface_hub documentation, HF_TOKEN_PATH.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.edits import Edit
from argosy.lint.finding import At, Finding
from argosy.lint.mending import replaced
from argosy.lint.project.hub_tokens import LITERAL, tokens
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service
from argosy.lint.project.service_parts import Variable

CODE = "AI401"
SEVERITY = "error"
FIX = "unsafe"

STEP = "Revoke it, and pass it as a secret file: `secrets:` and `HF_TOKEN_PATH`."


def check(project: Project) -> Iterator[Finding]:
    """Variables, command lines and programs that hold a hub's token itself."""
    for service, variable in tokens(project, written_down=True):
        yield Finding(
            variable.at,
            f"the token itself stands in `{variable.name}`",
            STEP,
            service.name,
            fix=_fix(service, variable),
            secret=True,
        )
    for service in project.services:
        for one in service.command.arguments:
            if LITERAL.search(one.text):
                yield Finding(one.at, "the token itself stands in the command", STEP, service.name)
    for program in project.programs:
        for found in LITERAL.finditer(program.text):
            at = At(program.file, found.start(), found.end())
            yield Finding(at, "the token itself stands here", STEP)
    for model in project.models:
        told = model.value.mapping.get("env")
        for value in told.mapping.values() if told is not None else ():
            if LITERAL.search(value.text):
                at = model.value_at(value)
                yield Finding(at, "the token itself stands here", STEP, model.name)


def _fix(service: Service, variable: Variable) -> tuple[Edit, ...]:
    text = service.compose.texts[variable.at.file][variable.at.start : variable.at.end]
    index = text.rfind(variable.value or "\0")
    if index < 0:
        return ()
    start = variable.at.start + index
    at = At(variable.at.file, start, start + len(variable.value or ""))
    return replaced(at, f"${{{variable.name}}}")
