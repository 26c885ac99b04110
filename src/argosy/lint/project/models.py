"""Which models a service serves, as its command and its variables name them. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.lint.finding import At
from argosy.lint.project.service import Service
from argosy.records import record

# What names a model and what pins it: flags and variables, by engine.
_FLAGS = {
    "vllm": ("--model",), "aphrodite": ("--model",), "sglang": ("--model-path", "--model"),
    "tgi": ("--model-id",), "tei": ("--model-id",), "infinity": ("--model-id",),
    "llama-cpp": ("-hf", "--hf-repo", "-hfr"), "lmdeploy": (),
}  # fmt: skip
_VARIABLES = {
    "tgi": ("MODEL_ID",), "tei": ("MODEL_ID",), "infinity": ("INFINITY_MODEL_ID",),
    "vllm": ("MODEL_NAME", "VLLM_MODEL"), "whisper": ("WHISPER__MODEL", "ASR_MODEL"),
}  # fmt: skip
_VERBS = ("serve", "api_server", "pull", "run")
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+(:[\w.-]+)?")
_CHAT = re.compile(
    r"instruct|chat|(^|[-_.])it($|[-_.:])|assistant|zephyr|vicuna|hermes|qwen3|command-r|gpt-oss|r1-distill",
    re.IGNORECASE,
)


@record()
class ModelName:
    """A model by its name or path. ``by`` is the flag or variable that names it."""

    text: str
    at: At
    by: str = ""

    @property
    def is_repository(self) -> bool:
        """Whether it is fetched from a hub: ``owner/name``, no path of the container."""
        return bool(_REPOSITORY.fullmatch(self.text))


def model_names(service: Service) -> tuple[ModelName, ...]:
    """All models that it is told to serve."""
    return tuple(_named(service))


def is_chat(name: str) -> bool:
    """Whether a model is tuned for conversation, as its name tells."""
    return bool(_CHAT.search(name))


def _named(service: Service) -> Iterator[ModelName]:
    engine = service.engine
    wanted = _FLAGS.get(engine, ())
    for flag in service.command.flags:
        if flag.name in wanted and flag.value and flag.value_at is not None:
            yield ModelName(flag.value, flag.value_at, flag.name)
    words = service.command.arguments
    for index, one in enumerate(words[:-1]):
        if one.text not in _VERBS:
            continue
        after = words[index + 1]
        verbs = ("serve", "api_server") if engine == "vllm" else ("api_server",)
        starts = one.text in verbs and not after.text.startswith("-")
        if starts and engine in ("vllm", "lmdeploy", "aphrodite"):
            yield ModelName(after.text, after.at, one.text)
        if one.text in ("pull", "run") and index and words[index - 1].text.endswith("ollama"):
            yield ModelName(after.text, after.at, "ollama")
    for name in _VARIABLES.get(engine, ()):
        found = service.environment.get(name)
        if found is not None and found.value:
            yield ModelName(found.value, found.at, name)
