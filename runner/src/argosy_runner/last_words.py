"""Why a replica gave up, where whoever started it looks: a file, or the end of its log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argosy_runner.log import Log
    from argosy_runner.settings import Settings

GAVE_UP = "gave up: "  # before each line of the reason, in the log


def leave(settings: Settings, log: Log, reason: str) -> None:
    """Say it; the process is about to end."""
    if settings.termination_log:
        Path(settings.termination_log).write_text(reason, encoding="utf-8")
    else:
        log.write(*(f"{GAVE_UP}{line}" for line in reason.splitlines()))


def read(lines: list[str]) -> str:
    """The reason in the last lines of a log; empty where it has none."""
    return "\n".join(line.partition(GAVE_UP)[2] for line in lines if GAVE_UP in line)
