"""A quantization is asked for that the checkpoint does not have

`--quantization awq` reads weights that were quantized by AWQ. A plain checkpoint has none.

Why:
    vLLM ends at the start: "Cannot find the config file for awq". Or the flag is a leftover, and
    the memory that was planned does not do.

Example:
    command: --model mistralai/Mistral-7B-Instruct-v0.3 --quantization awq

Instead:
    command: --model TheBloke/Mistral-7B-Instruct-v0.2-AWQ --quantization awq

Source:
    vLLM documentation, quantization. Methods that quantize while they load (fp8, bitsandbytes) take
    any checkpoint.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from argosy.lint.finding import Finding, Severity
from argosy.lint.project.models import ModelName, model_names
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service

CODE = "AI214"
SEVERITY = "warning"

# The word that the name of a checkpoint of this method has.
_WORDS = {
    "awq": "awq", "awq_marlin": "awq", "gptq": "gptq|int4|int8", "gptq_marlin": "gptq|int4|int8",
    "marlin": "gptq|marlin",
    "squeezellm": "squeezellm|sq", "aqlm": "aqlm", "gguf": "gguf",
    "compressed-tensors": "w\\d+a\\d+|fp8|int|quantized|nm",
    "eetq": "", "exl2": "exl2", "modelopt": "fp8|fp4|modelopt",
}  # fmt: skip


def check(project: Project) -> Iterator[Finding]:
    """By the checkpoint's own config where it is mounted from here, else by its name."""
    for service in project.services:
        flag = service.command.flag("--quantization", "-q", "--quantize")
        named = model_names(service)
        if (
            service.engine not in ("vllm", "sglang", "tgi", "aphrodite")
            or flag is None
            or not named
        ):
            continue
        found = _fault(project, service, flag.value.lower(), named[0])
        if found is not None:
            what, severity = found
            yield Finding(
                flag.at,
                what,
                "Name a checkpoint of this method, or take the flag out.",
                service.name,
                severity,
            )
    for model in project.models:
        method = model.value.below(("options", "quantization"))
        weights = model.text("weights")
        if method is None or model.engine != "vllm" or not weights.startswith("hf://"):
            continue
        if _is_other(method.text.lower(), weights):
            what = f"`{weights}` is no {method.text} checkpoint, by its name"
            step = "Name a checkpoint of this method."
            yield Finding(model.value_at(method), what, step, model.name)


def _fault(
    project: Project, service: Service, method: str, model: ModelName
) -> tuple[str, Severity] | None:
    read = _config(project, service, model.text)
    if read is not None:
        own = str(read.get("quantization_config", {}).get("quant_method", "")).lower()
        if method in _WORDS and own.partition("_")[0] != method.partition("_")[0]:
            has = f"is quantized by {own}" if own else "is not quantized"
            return f"`{model.text}` {has}, and {method} is asked for", "error"
        return None
    if not model.is_repository or not _is_other(method, model.text):
        return None
    return f"`{model.text}` is no {method} checkpoint, by its name", "warning"


def _is_other(method: str, name: str) -> bool:
    words = _WORDS.get(method, "")
    return bool(words) and not re.search(words, name, re.IGNORECASE)


def _config(project: Project, service: Service, path: str) -> dict[str, dict[str, object]] | None:
    text = project.config_of(service, path)
    try:
        found = json.loads(text) if text else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
