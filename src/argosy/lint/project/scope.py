"""What names and commands tell of a service: an engine, a model, a job. Pure."""

from __future__ import annotations

import re

# What a service or an image of nobody's is called that serves a model.
_MODEL_NAMES = re.compile(
    r"((.+[-_])?(model|inference|predictor)|(model|inference)[-_](server|serving|service|runner|api"
    r"|worker|engine)([-_]?\d+)?)"
)
_MODEL_IMAGES = re.compile(r"(.*/)?(.+[-_])?(model|inference)[-_](runner|server|serving)([-_].+)?")
# What fetches a model, and what serves one, in a command.
_FETCHES = re.compile(
    r"^(ollama )?pull \S|\bollama (pull|create)\b|\b(huggingface-cli|hf) download\b"
)
_SERVES = re.compile(
    r"\bserve\b|\bserver\b|server\b|uvicorn|gunicorn|launch|\bexec\b|\bpython[\d.]* (?!-c)\S"
)
# Programs that are an engine, where the image is not known as one.
_PROGRAMS = {
    r"vllm\.entrypoints|\bvllm serve\b": "vllm",
    r"sglang\.launch_server": "sglang",
    r"\bollama serve\b": "ollama",
    r"\bllama-server\b|llama_cpp\.server": "llama-cpp",
    r"\btritonserver\b": "triton",
    r"\btext-generation-launcher\b": "tgi",
    r"\btext-embeddings-router\b": "tei",
    r"\btorchserve\b": "torchserve",
    r"\btensorflow_model_server\b": "tensorflow-serving",
    r"\bmlserver start\b": "mlserver",
}


def engine_in(words: str) -> str:
    """The engine that a command line starts; empty where none is known."""
    return next((name for one, name in _PROGRAMS.items() if re.search(one, words)), "")


def is_named_as_model(service: str, image: str) -> bool:
    """Whether a service of an unknown image is called as one that serves a model."""
    return bool(_MODEL_NAMES.fullmatch(service) or _MODEL_IMAGES.fullmatch(image))


def only_fetches(words: str) -> bool:
    """Whether a command line fetches a model, and serves none."""
    if not any(one in words for one in ("pull", "create", "download")):
        return False
    return bool(_FETCHES.search(words)) and not _SERVES.search(words)
