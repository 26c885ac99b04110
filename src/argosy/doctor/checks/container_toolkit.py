"""NVIDIA's container toolkit, which gives GPUs to containers, and whether Docker knows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from argosy.doctor import program, versions
from argosy.doctor.case import Case
from argosy.doctor.program import Ended
from argosy.doctor.result import Result
from argosy.doctor.versions import Least

GROUP = "gpus in containers"

NAME = "NVIDIA container toolkit"
# NVIDIA's own upgrade notes; CVE-2025-23266 lets a container out of older ones than 1.17.8.
LEAST = Least((1, 17, 8), "an image can break out of its container with older ones")
FRESH = Least((1, 18, 0), "it keeps the list of devices (CDI) fresh after a change of the driver")
INSTALL = "sudo apt-get install -y nvidia-container-toolkit"
REPOSITORY = (
    "NVIDIA's packages have to be known first:"
    " https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html."
)
CONFIGURE = "sudo nvidia-ctk runtime configure --runtime=docker && sudo systemctl restart docker"


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    if not case.nvidia.works or not case.daemon.answers:
        return []
    return judge(await program.run("nvidia-ctk", "--version"), case.daemon.told)


def judge(ended: Ended | None, told: Mapping[str, Any]) -> list[Result]:
    """Of ``nvidia-ctk --version`` and `docker info`."""
    if ended is None or ended.code:
        found = "is not installed" if ended is None else f"does not run: {ended.said}"
        why = f"Without it a container that asks for a GPU does not start. {REPOSITORY}"
        return [Result(NAME, "failure", found, why, INSTALL)]
    result = versions.judge(NAME, ended.output, LEAST, INSTALL)
    version = versions.read(ended.output)
    if result.verdict == "ok" and version is not None and version < FRESH.version:
        why = f"From {versions.show(FRESH.version)} on {FRESH.why}."
        result = replace(result, verdict="note", why=why, mend=INSTALL)
    return [result, _known(told)]


def _known(told: Mapping[str, Any]) -> Result:
    """By the runtime `nvidia`, or by CDI, which daemons from 28.3 on tell of."""
    name = "GPUs in Docker"
    if "nvidia" in (told.get("Runtimes") or {}):
        return Result(name, "ok", "the runtime nvidia is registered")
    devices = [one["ID"] for one in told.get("DiscoveredDevices") or () if "nvidia" in one["ID"]]
    if devices:
        return Result(name, "ok", f"by CDI: {', '.join(devices)}")
    why = "Docker has neither the runtime nvidia nor a list of GPUs."
    return Result(name, "failure", "not known to Docker", why, CONFIGURE)
