"""Which build of torch runs with a driver, from dated facts. Pure but for reading them.

A driver runs what was built with its own CUDA or any older one, so a driver has to be *at least* as
new as the toolkit's major version asks for; it need not match.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argosy.environments.requirements import Requirement


RUNTIME = r"nvidia-cuda-runtime(-cu\d+)?"  # its version is that of the toolkit


@dataclass(frozen=True)
class Gpu:
    """What `nvidia-smi` tells: the driver's branch (535) and the lowest compute capability."""

    driver: int
    capability: float | None = None


@dataclass(frozen=True)
class Facts:
    """``minimum_driver`` by the toolkit's major version, ``torch`` builds by its minor version."""

    date: str
    assumed_driver: int
    minimum_driver: Mapping[int, int]
    torch: Mapping[str, tuple[str, ...]]
    old_gpus_from: tuple[int, int]
    old_gpus_below: float
    old_gpus_kept_by: str


def locked_tag(found: Iterable[Requirement]) -> str:
    """The CUDA that a lock installs, as ``cu128``; empty where it installs none."""
    for one in found:
        name, version = one.pin or ("", "")
        if name == "torch" and (tag := re.search(r"\+(cu\d+)$", version)):
            return tag[1]
        if re.fullmatch(RUNTIME, name):
            major, minor = version.split(".")[:2]
            return f"cu{major}{minor}"
    return ""


def runs(tag: str, gpu: Gpu, torch: str = "", facts: Facts | None = None) -> bool:
    """Whether a build for ``tag`` computes on this GPU with its driver.

    Of a CUDA that the facts do not know, nothing is held against it.
    """
    known = facts or read()
    if gpu.driver < known.minimum_driver.get(_major(tag), 0):
        return False
    old = gpu.capability is not None and gpu.capability < known.old_gpus_below
    dropped = bool(torch) and _minor(torch) >= known.old_gpus_from
    return not (old and dropped) or tag == known.old_gpus_kept_by


def best_tag(torch: str, gpu: Gpu, facts: Facts | None = None) -> str | None:
    """Of the builds of this version of torch the newest that runs, None where none does."""
    known = facts or read()
    major, minor = _minor(torch)
    built = known.torch.get(f"{major}.{minor}", ())
    return max((tag for tag in built if runs(tag, gpu, torch, known)), key=_number, default=None)


@cache
def read() -> Facts:
    """The facts that ship with Argosy."""
    told = tomllib.loads(files("argosy.images").joinpath("cuda_facts.toml").read_text())
    old = told["old_gpus"]
    return Facts(
        date=told["date"].isoformat(),
        assumed_driver=told["assumed_driver"],
        minimum_driver={int(major): driver for major, driver in told["minimum_driver"].items()},
        torch={version: tuple(tags) for version, tags in told["torch"].items()},
        old_gpus_from=_minor(old["from_torch"]),
        old_gpus_below=old["below_capability"],
        old_gpus_kept_by=old["kept_by"],
    )


def shown(tag: str) -> str:
    """``CUDA 12.8`` of ``cu128``."""
    return f"CUDA {_major(tag)}.{tag[4:]}"


def _major(tag: str) -> int:
    return int(tag[2:4])


def _number(tag: str) -> int:
    return int(tag[2:])


def _minor(version: str) -> tuple[int, int]:
    major, minor = re.findall(r"\d+", version)[:2]
    return int(major), int(minor)
