"""How much of its GPUs' memory a service takes, and which GPUs these are. No I/O here."""

from __future__ import annotations

from argosy.lint.project.command import Flag
from argosy.lint.project.service import Service

VLLM_DEFAULT = 0.92  # vLLM, `config/cache.py`
_FLAGS = {
    "vllm": ("--gpu-memory-utilization",),
    "aphrodite": ("--gpu-memory-utilization",),
    "sglang": ("--mem-fraction-static",),
    "tgi": ("--cuda-memory-fraction",),
    "lmdeploy": ("--cache-max-entry-count",),
}


def memory_flag(service: Service) -> Flag | None:
    """The flag that says which share of a GPU's memory it takes."""
    return service.command.flag(*_FLAGS[service.engine]) if service.engine in _FLAGS else None


def memory_share(service: Service) -> float | None:
    """From 0 to 1; None where nobody says."""
    flag = memory_flag(service)
    if flag is not None:
        return flag.number
    return VLLM_DEFAULT if service.engine == "vllm" and service.gpus else None


def gpu_ids(service: Service) -> tuple[str, ...] | None:
    """The GPUs it gets. Docker hands out a count from the first GPU on; None for all of them."""
    for one in service.gpus:
        if one.ids:
            return tuple(item.strip() for listed in one.ids for item in listed.split(","))
        if isinstance(one.count, int):
            return tuple(str(index) for index in range(one.count))
    return None
