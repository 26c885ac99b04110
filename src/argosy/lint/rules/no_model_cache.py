"""A model is downloaded again by every new container

The folder into which the hub's files go lies in the container, and goes with it.

Why:
    Each update and each restart on another machine fetches gigabytes before the first answer, and
    a hub that is away keeps the service down.

Example:
    llm:
      image: vllm/vllm-openai:v0.11.0
      command: --model org/model

Instead:
    llm:
      image: vllm/vllm-openai:v0.11.0
      command: --model org/model
      volumes: ["model-cache:/root/.cache/huggingface"]

Source:
    huggingface_hub documentation, HF_HOME and HF_HUB_CACHE; Ollama's FAQ, OLLAMA_MODELS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from argosy.compose_files import editing
from argosy.compose_files.editing import CannotEdit
from argosy.compose_files.tree import Value
from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.project.build_downloads import weights_download
from argosy.lint.project.image import Image
from argosy.lint.project.models import model_names
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service

CODE = "AI317"
SEVERITY = "warning"
FIX = "unsafe"

VOLUME = "model-cache"
# Where each engine keeps what it has fetched, and the variables that move it.
_PLACES = {
    "vllm": "/root/.cache/huggingface", "sglang": "/root/.cache/huggingface", "tgi": "/data",
    "tei": "/data", "infinity": "/app/.cache", "ollama": "/root/.ollama",
    "lmdeploy": "/root/.cache/huggingface",
    "llama-cpp": "/root/.cache/llama.cpp", "xinference": "/root/.xinference",
    "aphrodite": "/root/.cache/huggingface",
    "tabby": "/data", "nim": "/opt/nim/.cache", "whisper": "/root/.cache",
}  # fmt: skip
_MOVED_BY = (
    "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE", "OLLAMA_MODELS",
    "SENTENCE_TRANSFORMERS_HOME", "TORCH_HOME", "LLAMA_CACHE", "XINFERENCE_HOME", "XDG_CACHE_HOME",
    "NIM_CACHE_PATH", "VLLM_CACHE_ROOT", "TABBY_ROOT",
)  # fmt: skip
_MOVED_BY_FLAG = ("--download-dir", "--huggingface-hub-cache", "--cache-dir", "--models-path")
_FROM_HUB = re.compile(
    r"(from_pretrained|SentenceTransformer|CrossEncoder|snapshot_download|hf_hub_download|WhisperModel"
    r"|whisper\.load_model|pipeline|SentenceTransformers\w*(?:Embedder|Ranker)|HuggingFaceEmbeddings?)\s*\("
    r"\s*(?:(?:repo_id|model|model_name)\s*=\s*)?"
    r"(?:[\"'](?![./])[\w.-]+(?:/[\w.-]+)?[\"']|[A-Z_]+\b|os\.)"
)
_COMMON = re.compile(
    r"(/root|/home/[^/]+|/app)?/\.?cache(/.*)?|/hf.*|.*hugging.*|.*models?(/.*)?|/data(/.*)?"
)


def check(project: Project) -> Iterator[Finding]:
    """Services that fetch from a hub, and no mount where that goes."""
    for service in project.services:
        if not _fetches(service) or _is_kept(service):
            continue
        place = _places(service)[0]
        yield Finding(
            service.at_path("volumes"),
            f"what `{service.name}` downloads goes with its container: no volume lies at {place}",
            f"Mount a named volume at {place}.",
            service.name,
            fix=_fix(service, place),
        )


def _fix(service: Service, place: str) -> tuple[Edit, ...]:
    """A named volume, declared where the file's others are; none where that is another file."""
    compose, root = service.compose, service.compose.root
    volumes = service.value.mapping.get("volumes")
    top = root.mapping.get("volumes")
    if len(compose.files) > 1 or service.value.shared or "$" in place or VOLUME in _names(top):
        return ()
    if volumes is not None and (volumes.shared or volumes.anchored):
        return ()
    mount = f"{VOLUME}:{place}"
    try:
        if volumes is None:
            edits = editing.add_key(compose, service.value, "volumes", f"- {mount}")
        else:
            edits = editing.add_item(volumes, mount)
        if top is None:
            return (*edits, *editing.add_key(compose, root, "volumes", f"{VOLUME}: {{}}"))
        return (*edits, *editing.add_key(compose, top, VOLUME, "{}"))
    except CannotEdit:
        return ()


def _names(volumes: Value | None) -> Mapping[str, Value]:
    return volumes.mapping if volumes is not None else {}


def _fetches(service: Service) -> bool:
    if service.variable("HF_HUB_OFFLINE").lower() in ("1", "true", "yes", "on"):
        return False
    if service.engine in ("ollama", "xinference", "tabby", "nim", "whisper"):
        return True
    named = model_names(service)
    if any(one.is_repository for one in named):
        return True
    if service.engine in _PLACES or service.built is None or _has_weights(service.built):
        return False
    return any(_FROM_HUB.search(one.text) for one in service.built.programs)


def _has_weights(image: Image) -> bool:
    """Whether its build has downloaded them already."""
    return any(
        one.keyword == "RUN" and weights_download(image, one)
        for stage in image.stages
        for one in image.steps(stage)
    )


def _places(service: Service) -> list[str]:
    """Where what is fetched goes: as it is told, else where the engine has it by default."""
    found = [value for name in _MOVED_BY if (value := service.variable(name))]
    flag = service.command.flag(*_MOVED_BY_FLAG)
    if flag is not None and flag.value:
        found.insert(0, flag.value)
    return found or [_PLACES.get(service.engine, "/root/.cache/huggingface")]


def _is_kept(service: Service) -> bool:
    mounts = [one.target.rstrip("/") for one in service.mounts if one.kind in ("bind", "volume")]
    places = _places(service)
    if any(
        place == one or place.startswith(f"{one}/") or one.startswith(f"{place}/")
        for one in mounts
        for place in places
    ):
        return True
    is_told = bool(places) and places[0] != _PLACES.get(service.engine, "/root/.cache/huggingface")
    return not is_told and any(_COMMON.fullmatch(one) for one in mounts)
