"""A model as a service of a Compose file (compose-spec), with all that a careful expert would set.

The platform `compose` and the exported files begin with the same service and add what is theirs:
networks, mounts and names. No I/O here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from argosy.images import layout
from argosy.stack.model import Model, Resources
from argosy.stack.units import show_duration

Service = dict[str, Any]

KILL_MARGIN = 5.0  # seconds beyond what a replica may need to leave, before Docker kills it
GUESSED_START_PERIOD = 120.0  # seconds; stated as a guess until cold starts were measured
SHARED_MEMORY = "1g"  # of several processes of one model; Docker's own 64 MB make them fail
MOST_PROCESSES = 1024
# /tmp, the one place that can be written; it counts as memory. Compilers of kernels (Triton, numba)
# load from there what they have made.
SCRATCH = "size=256m,mode=1777,exec"
LOG = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}


def service(model: Model, image: str, cold_starts: Sequence[float] = ()) -> Service:
    """One replica of ``model``, run from ``image``. ``cold_starts`` are measured seconds."""
    resources = model.resources
    made: Service = {
        "image": image,
        "init": True,
        "user": f"{layout.USER_ID}:{layout.USER_ID}",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "tmpfs": [f"/tmp:{SCRATCH}"],  # noqa: S108  the container's own
        "restart": "unless-stopped",
        "stop_grace_period": written(model.drain + model.timeout + KILL_MARGIN),
        "healthcheck": health_check(cold_starts),
        "logging": LOG,
        "deploy": {"resources": _resources(resources)},
    }
    if resources.memory:
        made["memswap_limit"] = size(resources.memory)  # no swap: a model that swaps answers nobody
    if resources.cpuset:
        made["cpuset"] = resources.cpuset
    if shared := _shared_memory(model):
        made["shm_size"] = shared
    if model.secrets:
        made["secrets"] = list(model.secrets)
    return made


def health_check(cold_starts: Sequence[float]) -> dict[str, Any]:
    """Within ``start_period``, which ends with the first success, Docker counts no failure.

    So a long one costs nothing; it is twice the cold start that 95 of 100 did not exceed.
    """
    return {
        "test": ["CMD", *layout.HEALTH_CHECK],
        "interval": "10s",
        "timeout": "5s",
        "retries": 3,
        "start_period": written(start_period(cold_starts)),
        "start_interval": "1s",
    }


def start_period(cold_starts: Sequence[float]) -> float:
    """Seconds: twice the 95th percentile (nearest rank) of those measured, or the guess."""
    if not cold_starts:
        return GUESSED_START_PERIOD
    ordered = sorted(cold_starts)
    p95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
    return float(max(1, math.ceil(2 * p95)))


def written(seconds: float) -> str:
    """As Compose reads it; whole seconds where it is long enough."""
    return show_duration(math.ceil(seconds) if seconds > 1 else seconds)


def _resources(resources: Resources) -> dict[str, Any]:
    """Limits, and what is reserved; one replica is never given less than what it is limited to."""
    limits: dict[str, Any] = {"pids": MOST_PROCESSES}
    reserved: dict[str, Any] = {}
    if resources.cpus is not None:
        limits["cpus"] = reserved["cpus"] = f"{resources.cpus:g}"
    if resources.memory is not None:
        limits["memory"] = reserved["memory"] = size(resources.memory)
    if resources.uses_gpu:
        named = list(resources.gpu_devices)
        which = {"device_ids": named} if named else {"count": resources.gpus}
        reserved["devices"] = [{"driver": "nvidia", **which, "capabilities": ["gpu"]}]
    return {"limits": limits, **({"reservations": reserved} if reserved else {})}


def size(count: int) -> str:
    """Bytes as Compose reads them, whose units are powers of 1024: ``512m``."""
    for unit, length in (("g", 1 << 30), ("m", 1 << 20), ("k", 1 << 10)):
        if count % length == 0:
            return f"{count // length}{unit}"
    return f"{count}b"


def _shared_memory(model: Model) -> str | None:
    if model.resources.shm_size:
        return size(model.resources.shm_size)
    gpus = len(model.resources.gpu_devices) or model.resources.gpus
    return SHARED_MEMORY if model.workers > 1 or gpus > 1 else None
