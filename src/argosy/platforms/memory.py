"""How much memory replicas may use, and how much there is."""

from __future__ import annotations

from pathlib import Path

from argosy.stack.model import Model

ASSUMED = 100 * 2**20  # of a replica whose file names no limit: an interpreter and little more


def needed(model: Model, replicas: int) -> int:
    """Bytes that so many replicas may use."""
    return replicas * (model.resources.memory or ASSUMED)


def available() -> int | None:
    """Bytes that can be had without swapping (proc(5), MemAvailable); None where nobody says."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    fields = dict(line.split(":", 1) for line in lines)
    return int(fields["MemAvailable"].split()[0]) * 1024


def show(size: int) -> str:
    """``1,024 MiB``."""
    return f"{size // 2**20:,} MiB"
