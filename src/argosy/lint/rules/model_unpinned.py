"""A model is served in whichever version the hub has today

Without a revision the hub's newest one is taken, at each start that finds the cache empty.

Why:
    The weights, the tokenizer or the chat template change under a running service: two replicas
    answer differently, and nothing in the repository says why.

Example:
    command: --model mistralai/Mistral-7B-Instruct-v0.3

Instead:
    command: --model org/model --revision e0bc86c23ce5aae1db576c8cca6f06f1f73af2db

Source:
    huggingface_hub documentation, revision. A tag can be moved, a commit cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.lint.finding import At, Finding
from argosy.lint.project.models import ModelName, model_names
from argosy.lint.project.program import Program
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service

CODE = "AI407"
SEVERITY = "warning"

_CALL = re.compile(
    r"(?:from_pretrained|SentenceTransformer|CrossEncoder|snapshot_download|hf_hub_download|pipeline)\s*\("
    r"(?P<arguments>(?:[^()]|\([^()]*\))*)\)"
)
_NAMED = re.compile(r"[\"'](?P<name>[A-Za-z0-9][\w.-]*/[\w.-]+)[\"']")
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
STEP = "Name a commit of the hub with `{}`."


def check(project: Project) -> Iterator[Finding]:
    """Command lines, variables, programs and stack files that name a model and no revision."""
    for service in project.services:
        for model in model_names(service):
            if _is_open(service, model):
                step = (
                    "Name a tag of the model."
                    if model.by == "ollama"
                    else STEP.format("--revision")
                )
                what = f"`{model.text}` is whatever the hub has on the day"
                yield Finding(model.at, what, step, service.name)
    for program in project.programs:
        yield from _in_program(program)
    for one in project.models:
        weights = one.value.mapping.get("weights")
        if weights is not None and re.fullmatch(r"hf://[^@]+", weights.text):
            what = f"`{weights.text}` is whatever the hub has on the day"
            yield Finding(
                one.value_at(weights), what, "Write `hf://owner/name@<commit>`.", one.name
            )


def _is_open(service: Service, model: ModelName) -> bool:
    if model.by == "ollama":
        return (
            not re.search(r":(?!latest)", model.text)
            and "/" not in model.text
            and "$" not in model.text
        )
    if not model.is_repository or service.engine == "llama-cpp":
        return False
    return service.command.flag("--revision") is None and not service.variable("REVISION")


def _in_program(program: Program) -> Iterator[Finding]:
    for call in _CALL.finditer(program.text):
        named = _NAMED.search(call["arguments"])
        if named is None or re.search(r"\brevision\s*=", call["arguments"]):
            continue
        start = call.start("arguments") + named.start()
        at = At(program.file, start, start + len(named[0]))
        what = f"`{named['name']}` is whatever the hub has on the day"
        yield Finding(at, what, STEP.format("revision="))
