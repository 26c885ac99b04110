"""Times and sizes as a Compose file can have them. No I/O here."""

from __future__ import annotations


def shown_duration(seconds: float) -> str:
    """``3m`` or ``90s``, whichever is exact."""
    whole = round(seconds)
    return f"{whole // 60}m" if whole and whole % 60 == 0 else f"{whole}s"


def shown_size(count: int) -> str:
    """``16g``, ``1536m``: as a Compose file can have it."""
    for unit, power in (("g", 3), ("m", 2), ("k", 1)):
        if count % 1024**power == 0:
            return f"{count // 1024**power}{unit}"
    return str(count)


def told_size(count: int) -> str:
    """``2.4 GB``, ``340 MB``: as people say it."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.{0 if count >= 10 * size else 1}f} {unit}"
    return f"{count} bytes"
