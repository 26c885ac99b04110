"""Which GPUs a replica that is a process sees: all that it is not told to leave alone."""

from __future__ import annotations

from argosy.stack.model import Model


def variables(model: Model) -> dict[str, str]:
    """What CUDA is told. A model that names its GPUs sees these; one that counts sees the first."""
    resources = model.resources
    if resources.gpu_devices:
        return {"CUDA_VISIBLE_DEVICES": ",".join(resources.gpu_devices)}
    if resources.gpus:
        return {"CUDA_VISIBLE_DEVICES": ",".join(map(str, range(resources.gpus)))}
    return {}
