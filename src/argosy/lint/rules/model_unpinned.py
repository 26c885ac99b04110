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
    r"(?P<function>from_pretrained|SentenceTransformer|CrossEncoder|snapshot_download"
    r"|hf_hub_download|pipeline|SentenceTransformers\w*(?:Embedder|Ranker)|HuggingFaceEmbeddings?)"
    r"\s*\((?P<arguments>(?:[^()]|\([^()]*\))*)\)"
)
_MODEL = re.compile(
    r"(?:model|repo_id|model_id|model_name|pretrained_model_name_or_path)\s*=\s*"
    r"(?P<value>[\w.]+|[\"'][^\"']+[\"'])"
)
_FIRST = re.compile(r"\s*(?P<value>[A-Za-z_]\w*|[\"'][^\"']+[\"'])\s*(?:,|$)")
_CONSTANT = (
    r"^{}\s*(?::\s*\w+\s*)?=\s*[\"'](?P<name>[A-Za-z0-9][\w.-]*(?:/[\w.-]+)?)[\"']\s*(?:#.*)?$"
)
# Names without an owner, from the time before owners: they are the hub's own.
_WITHOUT_OWNER = re.compile(
    r"(distil|al|ro|xlm-ro|de|camem)?(bert|gpt2|t5|bart|roberta|berta|xlnet|electra)([\w.-]*)"
)
_BRANCHES = ("main", "master", "HEAD", "latest")
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
        is_tagged = bool(re.search(r":(?!latest)", model.text))
        return not is_tagged and "/" not in model.text and "$" not in model.text
    if not model.is_repository or service.engine == "llama-cpp":
        return False
    flag = service.command.flag("--revision")
    told = flag.value if flag is not None else service.variable("REVISION")
    return not told or told in _BRANCHES


def _in_program(program: Program) -> Iterator[Finding]:
    for call in _CALL.finditer(program.text):
        pinned = re.search(
            r"\brevision[\"']?\s*[=:]\s*([\"'](?P<name>[^\"']*)[\"'])?", call["arguments"]
        )
        if pinned is not None and pinned["name"] not in _BRANCHES:
            continue
        name = _model(program, call)
        if name:
            at = At(program.file, call.start(), call.end())
            what = f"`{name}` is whatever the hub has on the day"
            yield Finding(at, what, STEP.format("revision="))


def _model(program: Program, call: re.Match[str]) -> str:
    """The model of the hub that a call names, itself or by a constant of the file."""
    arguments = call["arguments"]
    found = _MODEL.search(arguments)
    if found is None and call["function"] != "pipeline":
        found = _FIRST.match(arguments)
    if found is None:
        return ""
    value = found["value"]
    if value[0] in "\"'":
        name = value[1:-1]
    else:
        constant = re.search(_CONSTANT.format(re.escape(value)), program.text, re.MULTILINE)
        if constant is None:
            return ""
        name = constant["name"]
    is_of_hub = bool(re.fullmatch(r"[A-Za-z0-9][\w.-]*/[\w.-]+", name))
    is_of_hub |= bool(_WITHOUT_OWNER.fullmatch(name)) and call["function"] != "SentenceTransformer"
    is_file = bool(re.search(r"\.(pt|pth|bin|onnx|safetensors|gguf|json|pkl)$", name))
    return name if is_of_hub and not is_file else ""
