"""Whether the disk has room for environments, weights and images, by a guess."""

from __future__ import annotations

import asyncio
import math
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from argosy import environments, find, snapshots
from argosy.doctor.case import Case
from argosy.doctor.result import Result
from argosy.environments import lock, source
from argosy.errors import ArgosyError
from argosy.stack.model import Model, Stack
from argosy_runner import engines

GROUP = "stack"

NAME = "Disk"
MB, GB = 10**6, 10**9
SPARE = GB  # what should stay free: logs, layers that are being built
# Rough sizes once installed, on the safe side; on a GPU with the CUDA libraries they bring.
SMALL = 60 * MB  # whatever is not named here
PACKAGES = {"torch": GB, "vllm": 2 * GB, "tensorflow": 2 * GB, "onnxruntime": 120 * MB,
            "scikit-learn": 250 * MB, "transformers": 150 * MB, "xgboost": 250 * MB}  # fmt: skip
ON_GPU = {"torch": 6 * GB, "vllm": 4 * GB, "tensorflow": 5 * GB, "onnxruntime-gpu": 3 * GB}
IMAGE = 200 * MB  # a slim base and the runner, stored once for all


@dataclass(frozen=True)
class Need:
    """Bytes for ``what``, in ``place``, on a disk (its device number) with so many ``free``."""

    what: str
    place: Path
    size: int
    device: int
    free: int


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    if case.stack is None:
        return []
    return judge(await asyncio.to_thread(_needs, case.stack, case))


def judge(needs: Sequence[Need]) -> list[Result]:
    """A line for each disk: what is on the same one counts together."""
    results = []
    for device in dict.fromkeys(need.device for need in needs):
        here = [need for need in needs if need.device == device]
        size, free = sum(need.size for need in here), here[0].free
        parts = ", ".join(f"{_show(need.size)} for {need.what}" for need in here if need.size)
        places = " and ".join(dict.fromkeys(str(need.place) for need in here))
        wanted = f"needs about {parts}" if size else "nothing is missing there"
        found = f"{_show(free)} free in {places}; {wanted}"
        mend = "argosy env prune && uv cache prune"
        if any(need.what == "images" for need in here):
            mend += " && docker builder prune"
        if size > free:
            why = "Estimated from the packages by name; it would end half-way."
            results.append(Result(NAME, "failure", found, why, mend))
        elif size + SPARE > free:
            results.append(Result(NAME, "warning", found, "Little would be left.", mend))
        else:
            results.append(Result(NAME, "ok", found))
    return results


def _needs(stack: Stack, case: Case) -> list[Need]:
    home = find.home()
    weights = sum(
        one.stat().st_size if one.is_file() else _folder_size(one)
        for one in {model.weights for model in stack.models if model.weights}
        if one.exists() and not _is_kept(one, home)
    )
    sizes = {model.name: environment_size(model) for model in stack.models}
    unbuilt = sum(sizes[model.name] for model in stack.models if not _is_built(stack, model))
    needs = [_need("weights", home, weights)]
    if not case.uses_docker:
        needs.append(_need("environments", home, unbuilt))
    elif case.daemon.is_local and (root := case.daemon.told.get("DockerRootDir")):
        needs.append(_need("images", Path(root), sum(sizes.values()) + IMAGE))
    return needs


def environment_size(model: Model) -> int:
    """A guess in bytes, from the names of what the model and its engine require."""
    try:
        texts = source.find(model, engines.requirements(model.engine)).texts
    except ArgosyError:
        texts = ()
    text = "\n".join(texts)
    known = {**PACKAGES, **ON_GPU} if model.resources.uses_gpu else PACKAGES
    return SMALL + sum(
        size
        for name, size in known.items()
        if re.search(rf"(?m)^(engine )?\s*{name}(?![\w-])", text, re.IGNORECASE)
    )


def _is_built(stack: Stack, model: Model) -> bool:
    known = lock.last(find.state_folder(stack.file) / "locks", model.name)
    return known is not None and environments.is_built(known)


def _is_kept(weights: Path, home: Path) -> bool:
    """Whether the store has weights of this name and size; their content is not read for this."""
    size = weights.stat().st_size if weights.is_file() else None
    kept = list((home / "weights").glob(f"*/{weights.name}"))
    return any(size is None or one.stat().st_size == size for one in kept)


def _folder_size(folder: Path) -> int:
    return sum(one.status.st_size for one in snapshots.walk(folder, frozenset()))


def _need(what: str, place: Path, size: int) -> Need:
    there = next(one for one in (place, *place.parents) if one.exists())
    return Need(what, place, size, there.stat().st_dev, shutil.disk_usage(there).free)


def _show(size: int) -> str:
    return f"{size / GB:.1f} GB" if size >= GB else f"{math.ceil(size / MB)} MB"
