"""Which GPUs a replica that is a process sees: all that it is not told to leave alone."""

from __future__ import annotations

from argosy.stack.model import Model
from argosy_runner import engines


def variables(model: Model) -> dict[str, str]:
    """What CUDA is told. A model that names its GPUs sees these; one that counts sees the first."""
    chosen = devices(model)
    return {"CUDA_VISIBLE_DEVICES": ",".join(chosen)} if chosen else {}


def devices(model: Model) -> tuple[str, ...]:
    """The GPUs of each replica, by index or UUID; empty where it asks for none."""
    resources = model.resources
    return resources.gpu_devices or tuple(map(str, range(resources.gpus)))


def shares(model: Model, replicas: int) -> dict[str, float]:
    """What so many replicas take of the memory of each GPU, from 0 to 1 for one of them.

    Empty where nobody knows before they run: most engines take what they happen to need.
    """
    share = engines.gpu_share(model.engine, model.options)
    if share is None:
        return {}
    return dict.fromkeys(devices(model), share * replicas)
