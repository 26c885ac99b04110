"""Processes of one model share 64 MB

Docker gives `/dev/shm` 64 MB. NCCL and PyTorch's workers hand tensors over through it.

Why:
    Tensor parallelism hangs at the start, or ends with "bus error" in the middle of a request.

Example:
    command: --model org/model --tensor-parallel-size 2

Instead:
    command: --model org/model --tensor-parallel-size 2
    shm_size: 8g

Source:
    vLLM documentation, deployment with Docker: `--ipc=host` or `--shm-size`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.compose_files.amounts import size
from argosy.lint.finding import Finding
from argosy.lint.mending import set_in
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service
from argosy.lint.rules.more_gpus_used_than_reserved import parallel

CODE = "AI212"
SEVERITY = "warning"
FIX = "safe"

ENOUGH = "8g"
SHARED = "/dev/shm"  # noqa: S108  where containers have it
LEAST = 1 << 30
_WORKERS = re.compile(r"\bDataLoader\((?:[^()]|\([^()]*\))*num_workers\s*=\s*(?!0\b)")
_ENGINES = ("vllm", "sglang", "tgi", "aphrodite", "lmdeploy", "nim", "triton")


def check(project: Project) -> Iterator[Finding]:
    """Several GPUs, or workers of PyTorch, with the default or less than 1 GiB."""
    for service in project.services:
        count = service.gpu_count
        found = parallel(service)
        is_parallel = (found is not None and found[0] > 1) or (isinstance(count, int) and count > 1)
        uses = (service.engine in _ENGINES and is_parallel) or service.engine == "torchserve"
        uses |= service.built is not None and any(
            "DataLoader(" in one.text and _WORKERS.search(one.text)
            for one in service.built.programs
        )
        if not uses or _has_enough(service):
            continue
        yield Finding(
            service.at_path("shm_size"),
            f"the processes of `{service.name}` share 64 MB, Docker's default",
            f"Set `shm_size: {ENOUGH}`.",
            service.name,
            fix=set_in(service, ("shm_size",), ENOUGH),
        )


def _has_enough(service: Service) -> bool:
    if service.text("ipc") in ("host", "shareable") or any(
        one.target == SHARED for one in service.mounts
    ):
        return True
    told = service.text("shm_size")
    return bool(told) and ((size(told) or LEAST) >= LEAST)
