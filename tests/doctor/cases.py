"""Small cases for tests, and what Docker and NVIDIA's programs print, in their documented forms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.doctor.case import Case
from argosy.doctor.daemon import Daemon
from argosy.doctor.nvidia import Gpu, Nvidia
from argosy.stack.model import Gateway, Model, Resources, Stack

# Of GET /info of an Engine 28.5 that has NVIDIA's toolkit, what is read here.
TOLD: Mapping[str, Any] = {
    "ServerVersion": "28.5.2",
    "OSType": "linux",
    "CgroupVersion": "2",
    "CgroupDriver": "systemd",
    "MemoryLimit": True,
    "SwapLimit": True,
    "CpuCfsQuota": True,
    "CPUSet": True,
    "PidsLimit": True,
    "IPv4Forwarding": True,
    "LiveRestoreEnabled": False,
    "NCPU": 8,
    "DockerRootDir": "/var/lib/docker",
    "Runtimes": {"runc": {"path": "runc"}, "nvidia": {"path": "nvidia-container-runtime"}},
    "SecurityOptions": ["name=apparmor", "name=seccomp,profile=builtin", "name=cgroupns"],
    "CDISpecDirs": ["/etc/cdi", "/var/run/cdi"],
    "ClientInfo": {"Version": "28.5.1", "Context": "default"},
}

A100 = Gpu("0", "GPU-1b2c", "NVIDIA A100-SXM4-80GB", 81920, "8.0")
T4 = Gpu("1", "GPU-9f8e", "Tesla T4", 15360, "7.5")
TWO_GPUS = Nvidia(2, "550.54.15", "550.54.15", (A100, T4), (A100.uuid, T4.uuid))


def daemon(**told: object) -> Daemon:
    """One that answers, with these fields otherwise than in `TOLD`."""
    return Daemon(True, {**TOLD, **told})


def stack(*models: Model, platform: str = "process", file: Path = Path("/s/argosy.yaml")) -> Stack:
    return Stack("desk", file, models, platform, Gateway())


def case(
    of: Stack | None = None, docker: Daemon | None = None, nvidia: Nvidia | None = None
) -> Case:
    return Case(of, docker or Daemon(), nvidia or Nvidia())


def gpu_model(name: str = "chat", **resources: Any) -> Model:
    return Model(name, resources=Resources(**resources))
