"""NVIDIA's driver: there, answering, and new enough for the CUDA of today's packages."""

from __future__ import annotations

from collections.abc import Sequence

from argosy.doctor import versions
from argosy.doctor.case import Case
from argosy.doctor.nvidia import Gpu, Nvidia
from argosy.doctor.result import Result
from argosy.images import cuda as facts

GROUP = "gpus"

NAME = "NVIDIA driver"
WANTED_CUDA = 12  # the last of PyTorch for CUDA 11 is 2.7

INSTALL = "sudo ubuntu-drivers install"
ELSEWHERE = (
    "Elsewhere than on Ubuntu: https://docs.nvidia.com/datacenter/tesla/driver-installation-guide"
)
MISMATCH = "The driver was upgraded and its old module is still loaded."
# Words of nvidia-smi, what they mean, what mends it.
KNOWN = (
    ("version mismatch", MISMATCH, "sudo reboot"),
    ("couldn't communicate", "The driver's module is not loaded.", "sudo modprobe nvidia"),
    ("did not answer", "The driver hangs; the kernel's log says more (`dmesg`).", "sudo reboot"),
    ("Insufficient Permissions", "This user may not open /dev/nvidia*.", "ls -l /dev/nvidia*"),
    ("Unknown Error", "A reload of systemd takes GPUs from containers.", "Restart this container."),
    (
        "No devices were found",
        "The driver found none that it can use.",
        "sudo dmesg | grep -i nvrm",
    ),
)


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    return judge(case.nvidia)


def judge(nvidia: Nvidia) -> list[Result]:
    """Of the machine as it is; that it has no GPU is a failure only for who needs one."""
    if nvidia.works:
        return [_version(nvidia.driver, _gpus(len(nvidia.gpus))), *map(_gpu, nvidia.gpus)]
    if nvidia.problem:
        why, mend = _known(nvidia.problem)
        said = nvidia.problem.partition("\n")[0].rstrip(".")
        return [Result(NAME, "failure", f"does not work: {said}", why, mend)]
    if nvidia.module:
        why = "The module is loaded, but nvidia-smi, which comes with the driver, is not on PATH."
        found = f"{nvidia.module}, without its programs"
        return [Result(NAME, "failure", found, why, INSTALL)]
    if nvidia.cards:
        found = f"none, for {_gpus(nvidia.cards)} in this machine"
        return [Result(NAME, "failure", found, ELSEWHERE + ".", INSTALL)]
    why = "A model with resources.gpus or `device: cuda` needs one; the others run as they are."
    mend = "Run such a model where there is one, or take resources.gpus out of it."
    return [Result(NAME, "failure", "this machine has no NVIDIA GPU", why, mend)]


def _version(driver: str, gpus: str) -> Result:
    version = versions.read(driver)
    if version is None:
        return Result(NAME, "warning", f"{gpus}; its version cannot be read from {driver[:60]!r}")
    oldest_drivers = facts.read().minimum_driver  # a newer driver runs older CUDA
    running = [cuda for cuda, oldest in oldest_drivers.items() if version[0] >= oldest]
    cuda = max(running, default=0)
    if cuda < WANTED_CUDA:
        needed = oldest_drivers[WANTED_CUDA]
        why = f"Packages of today are made for CUDA {WANTED_CUDA} or newer; it needs {needed}."
        return Result(NAME, "failure", f"{driver}, {gpus}", why, INSTALL)
    newest = max(oldest_drivers)
    more = "" if cuda == newest else f"; CUDA {newest} needs driver {oldest_drivers[newest]}"
    return Result(NAME, "ok", f"{driver}, {gpus}, runs CUDA up to {cuda}{more}")


def _gpu(gpu: Gpu) -> Result:
    memory = f", {gpu.memory / 1024:.0f} GiB" if gpu.memory else ""
    found = f"{gpu.name}{memory}{f', capability {gpu.capability}' if gpu.capability else ''}"
    known = facts.read()
    if gpu.capability and float(gpu.capability) < known.old_gpus_below:
        since = ".".join(map(str, known.old_gpus_from))
        kept = known.old_gpus_kept_by
        why = f"PyTorch's default wheels since {since} have no code for it; those for"
        why += f" {facts.shown(kept)} have."
        mend = f"Name the index https://download.pytorch.org/whl/{kept} in its requirements."
        return Result(f"GPU {gpu.index}", "warning", found, why, mend)
    return Result(f"GPU {gpu.index}", "ok", found)


def _gpus(count: int) -> str:
    return f"{count} GPU{'s' if count > 1 else ''}"


def _known(problem: str) -> tuple[str, str]:
    for words, why, mend in KNOWN:
        if words.lower() in problem.lower():
            return why, mend
    return "nvidia-smi says so.", INSTALL
