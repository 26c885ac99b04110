"""Whether uv is there, and the Pythons that the models ask for."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence

from argosy.doctor import versions
from argosy.doctor.case import Case
from argosy.doctor.result import Result
from argosy.environments import interpreter

GROUP = "stack"


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    if case.stack is None:
        return []
    users: dict[str, list[str]] = {}
    for model in case.stack.models:
        users.setdefault(model.python or interpreter.OWN, []).append(model.name)
    wanted = sorted(users, key=lambda request: versions.read(request) or (0, 0, 0))
    found = await asyncio.gather(*(interpreter.present(request) for request in wanted))
    here = {one: known.version if known else "" for one, known in zip(wanted, found, strict=True)}
    return judge(here, users, may_download=_may_download())


def judge(
    here: Mapping[str, str], users: Mapping[str, Sequence[str]], *, may_download: bool
) -> list[Result]:
    """The full version for each request, empty where there is none, and the models that ask."""
    results = []
    for request, version in here.items():
        who = ", ".join(users[request])
        if version:
            results.append(Result(f"Python {request}", "ok", f"{version}, for {who}"))
            continue
        found = f"not on this machine; {who} asks for it"
        mend = f"uv python install {request}"
        if may_download:
            why = "uv downloads it when the stack starts, where it can reach the internet."
            results.append(Result(f"Python {request}", "warning", found, why, mend))
        else:
            why = "uv is told not to download any (UV_OFFLINE, UV_PYTHON_DOWNLOADS)."
            results.append(Result(f"Python {request}", "failure", found, why, mend))
    return results


def _may_download() -> bool:
    offline = os.environ.get("UV_OFFLINE", "").lower() in {"1", "true", "yes"}
    return not offline and os.environ.get("UV_PYTHON_DOWNLOADS", "") not in {"never", "manual"}
