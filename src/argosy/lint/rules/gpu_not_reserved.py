"""An image for GPUs gets none

Nothing in the Compose file asks for a GPU, so the container sees none.

Why:
    vLLM ends with "no CUDA-capable device"; others load the model on the CPU and answer slowly.

Example:
    llm:
      image: vllm/vllm-openai:v0.11.0

Instead:
    llm:
      image: vllm/vllm-openai:v0.11.0
      deploy:
        resources:
          reservations:
            devices:
              - driver: nvidia
                count: 1
                capabilities: [gpu]

Source:
    Compose specification, deploy, devices; Docker documentation, enable GPU support in Compose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.mending import set_in
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service

CODE = "AI205"
SEVERITY = "error"
FIX = "unsafe"

BLOCK = "- driver: nvidia\n  count: 1\n  capabilities: [gpu]"
_NEEDS = ("vllm", "sglang", "tgi", "tei", "aphrodite", "lmdeploy", "nim", "comfyui")
_CPU = re.compile(
    r"(^|[-_.])(cpu|arm64|xpu|hpu|tpu|rocm|neuron|gaudi|intel)([-_.]|$)", re.IGNORECASE
)


def check(project: Project) -> Iterator[Finding]:
    """Engines that need a GPU, and images on CUDA's bases; builds for CPUs are left out."""
    for service in project.services:
        if service.gpus or not needs_gpu(service):
            continue
        yield Finding(
            service.at,
            f"`{service.name}` runs an image for GPUs, and asks for none",
            "Reserve one: `deploy.resources.reservations.devices`, or `gpus: all`.",
            service.name,
            fix=set_in(service, ("deploy", "resources", "reservations", "devices"), BLOCK),
        )


def needs_gpu(service: Service) -> bool:
    """Whether what a service runs is made for NVIDIA's GPUs."""
    image = service.image
    if _CPU.search(f"{image.path}-{image.tag}") or service.has("devices"):
        return False
    device = service.command.flag("--device")
    is_for_cpu = device is not None and device.value == "cpu"
    if (
        is_for_cpu
        or service.variable("VLLM_TARGET_DEVICE") == "cpu"
        or "--cpu" in service.command.text.split()
    ):
        return False
    if image.engine in _NEEDS:
        return True
    is_cuda = image.path.endswith("nvidia/cuda") or image.path == "cuda" or image.cuda is not None
    return is_cuda or bool(re.search(r"(^|[-_.])(cuda|gpu|cu1\d\d)", image.tag))
