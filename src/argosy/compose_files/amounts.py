"""Sizes and times as Compose writes them, as a stack file has them. No I/O here."""

from __future__ import annotations

import re

from argosy.stack.units import show_size

_SIZE = re.compile(r"\s*([0-9]{1,15}(?:\.[0-9]+)?)\s*([kmgtp]?)i?(?:b)?\s*", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_TIMES = re.compile(r"([0-9]{1,15}(?:\.[0-9]+)?)(us|ms|s|m|h|d|w)")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def whole(text: str) -> int | None:
    """A whole number; None for what is none, and for more digits than any amount has."""
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else None


def size(text: str) -> int | None:
    """Bytes; Compose counts every unit in powers of 1024 (compose-spec, Specifying byte values)."""
    found = _SIZE.fullmatch(text)
    return int(float(found[1]) * 1024 ** _POWERS[found[2].lower()]) if found else None


def shown_size(text: str) -> str:
    """As a stack file has it; empty for what is no size."""
    found = size(text)
    return show_size(found) if found else ""


def seconds(text: str) -> float | None:
    """Of ``1m30s``; None for what is no time."""
    if not text:
        return None
    parts = _TIMES.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        return whole(text)
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def scalar(text: str) -> str | int | float:
    """A word as a number where that is written the same way again."""
    if re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", text):
        return int(text)
    if re.fullmatch(r"-?(0|[1-9][0-9]{0,9})\.[0-9]{1,9}", text):
        return float(text)
    return text
