"""NVIDIA's GPUs, asked once for all checks: what the machine has, and what its driver tells."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass
from pathlib import Path

from argosy.doctor import program

PCI = Path("/sys/bus/pci/devices")
VENDOR = "0x10de"
DISPLAY = "0x03"  # the class of PCI devices that are displays or 3D controllers
MODULE = Path("/proc/driver/nvidia/version")

FIELDS = "index,uuid,driver_version,memory.total,name"
CAPABILITY = "compute_cap"  # drivers before 510 do not know this field


@dataclass(frozen=True)
class Gpu:
    """``memory`` is in MiB, None where it is not told. ``capability`` is that of CUDA: ``8.6``."""

    index: str
    uuid: str
    name: str
    memory: int | None = None
    capability: str = ""


@dataclass(frozen=True)
class Nvidia:
    """``cards`` are those on the PCI bus, ``module`` is the version of the loaded kernel module.

    ``driver`` is the version that nvidia-smi tells, ``devices`` the UUIDs that can be given to a
    container, parts of GPUs (MIG) included. ``problem`` is why nvidia-smi told nothing; empty also
    where there is no such program.
    """

    cards: int = 0
    module: str = ""
    driver: str = ""
    gpus: tuple[Gpu, ...] = ()
    devices: tuple[str, ...] = ()
    problem: str = ""

    @property
    def works(self) -> bool:
        """Whether the driver tells of a GPU."""
        return bool(self.gpus)


async def look(seconds: float) -> Nvidia:
    """What nvidia-smi tells within so many seconds."""
    cards, module = _cards(), _module()
    try:
        async with asyncio.timeout(seconds):
            query = await program.run("nvidia-smi", *_query(f"{FIELDS},{CAPABILITY}"))
            if query is not None and query.code and CAPABILITY in query.said:
                query = await program.run("nvidia-smi", *_query(FIELDS))
            listed = await program.run("nvidia-smi", "-L") if query and not query.code else None
    except TimeoutError:
        return Nvidia(cards, module, problem=f"nvidia-smi did not answer in {seconds:g} s")
    if query is None:
        return Nvidia(cards, module)
    driver, gpus = read_gpus(query.output) if query.code == 0 else ("", ())
    if not gpus:
        return Nvidia(cards, module, problem=query.said)
    return Nvidia(cards, module, driver, gpus, read_devices(listed.output if listed else ""))


def read_gpus(csv: str) -> tuple[str, tuple[Gpu, ...]]:
    """The driver's version and the GPUs, of ``--query-gpu`` in the form ``csv,noheader,nounits``.

    A name may hold commas, so it is what stands between the other fields. What a GPU does not tell
    is ``[N/A]`` or ``[Not Supported]``.
    """
    driver, gpus = "", []
    for line in csv.splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) < 5 or not fields[0].isdigit():
            continue
        capability = fields.pop() if re.fullmatch(r"\d+\.\d+", fields[-1]) else ""
        index, uuid, driver, memory, *name = fields
        size = int(memory) if memory.isdigit() else None
        gpus.append(Gpu(index, uuid, ", ".join(name), size, capability))
    return driver, tuple(gpus)


def read_devices(listed: str) -> tuple[str, ...]:
    """The UUIDs that ``nvidia-smi -L`` lists, those of MIG included."""
    return tuple(re.findall(r"\(UUID: ((?:GPU|MIG)-[^)]+)\)", listed))


def _query(fields: str) -> tuple[str, str]:
    return f"--query-gpu={fields}", "--format=csv,noheader,nounits"


def _cards() -> int:
    """How many of NVIDIA's display controllers are on the PCI bus, driver or not."""
    count = 0
    with contextlib.suppress(OSError):
        for device in PCI.iterdir():
            with contextlib.suppress(OSError):
                vendor = (device / "vendor").read_text().strip()
                count += vendor == VENDOR and (device / "class").read_text().startswith(DISPLAY)
    return count


def _module() -> str:
    """``NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue …`` holds the version."""
    try:
        text = MODULE.read_text()
    except OSError:
        return ""
    found = re.search(r"Module\D*?(\d+\.\d+(?:\.\d+)?)", text)
    return found[1] if found else ""
