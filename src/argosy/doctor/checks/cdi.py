"""The list of GPUs for containers (CDI): there, and made for the driver that runs."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from argosy.doctor.case import Case
from argosy.doctor.result import Result

GROUP = "gpus in containers"

NAME = "CDI"
FOLDERS = ("/etc/cdi", "/var/run/cdi")  # where it is looked for (CDI's specification)
GENERATE = "sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml"


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    if not case.nvidia.works or not case.daemon.answers or not case.daemon.is_local:
        return []
    folders = case.daemon.told.get("CDISpecDirs") or FOLDERS
    has_runtime = "nvidia" in (case.daemon.told.get("Runtimes") or {})
    return [judge(_texts(folders), case.nvidia.driver, has_runtime)]


def judge(texts: Mapping[str, str], driver: str, has_runtime: bool) -> Result:
    """Of the files' texts by path.

    They name the driver's libraries by file, ``libcuda.so.550.54.15``: after an upgrade these are
    gone, and containers do not start, or start without the GPU. With the runtime nvidia
    (``has_runtime``) Docker up to 29.1 needs no such list.
    """
    listed = {path: text for path, text in texts.items() if "nvidia.com/gpu" in text}
    if not listed:
        why = "Docker finds GPUs by it from 29.2 on; until then the runtime nvidia does."
        result = Result(NAME, "failure", "no list of GPUs", why, GENERATE)
        return result.as_note() if has_runtime else result
    for path, text in listed.items():
        stale = sorted(set(re.findall(r"libcuda\.so\.(\d+\.\d[\d.]*\d)", text)) - {driver})
        if stale:
            found = f"{path} was made for driver {stale[0]}, {driver} runs"
            why = "Containers would miss the driver's libraries."
            mend = f"sudo nvidia-ctk cdi generate --output={path}"
            return Result(NAME, "failure", found, why, mend)
    return Result(NAME, "ok", ", ".join(sorted(listed)))


def _texts(folders: Sequence[str]) -> dict[str, str]:
    found = {}
    for folder in map(Path, folders):
        for pattern in ("*.yaml", "*.json"):
            for file in sorted(folder.glob(pattern)):
                with contextlib.suppress(OSError):
                    found[str(file)] = file.read_text(errors="replace")
    return found
