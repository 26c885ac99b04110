"""With `--online`: whether uv reaches the package index that it is told to use."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from argosy.doctor.case import Case
from argosy.doctor.result import Result
from argosy.environments import uv
from argosy.environments.uv import Ended

GROUP = "network"
SECONDS = 60.0

NAME = "Package index"
ASKED = "packaging"  # a small package that is on every index


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    if not case.online:
        return []
    with tempfile.TemporaryDirectory(prefix="argosy-doctor-") as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text(f"{ASKED}\n")
        options = ["--no-cache", "--no-deps", "--no-header", "--emit-index-url", "--quiet"]
        return [judge(await uv.run(["pip", "compile", *options, file]))]


def judge(ended: Ended) -> Result:
    """uv has looked one package up, with nothing from its cache."""
    if ended.code:
        error = uv.failed(ended, "the index does not answer", None)
        why = "An environment that is not built yet needs it."
        return Result(NAME, "failure", error.what, why, error.next_step or "")
    versions = [line for line in ended.output.splitlines() if line.startswith(ASKED)]
    return Result(NAME, "ok", f"answers ({', '.join(versions)})")
