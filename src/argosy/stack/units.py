"""Durations (`30s`, `1h30m`), sizes (`512MiB`, `1GB`) and rates (`20/s`): read and written.

No I/O here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

DURATION = r"^(?=[0-9])({n}h)?({n}m)?({n}s)?({n}ms)?$".replace("{n}", r"[0-9]{1,12}(\.[0-9]{1,6})?")
SIZE = r"^[0-9]{1,18}(\.[0-9]{1,6})?(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$"
RATE = r"^[1-9][0-9]{0,8}/(s|min|h|day)$"

_PERIODS = {"s": 1, "min": 60, "h": 3600, "day": 86400}
_PERIOD_WORDS = {
    "s": ("sec", "second", "seconds"),
    "min": ("m", "mins", "minute", "minutes"),
    "h": ("hr", "hour", "hours"),
    "day": ("d", "days"),
}
_SECONDS = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
_BYTES = {
    "B": 1,
    "kB": 1000,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "TB": 1000**4,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
    "TiB": 1024**4,
}
_DURATION_WORDS = {
    "s": ("", "sec", "secs", "second", "seconds"),
    "m": ("min", "mins", "minute", "minutes"),
    "h": ("hr", "hrs", "hour", "hours"),
    "ms": ("msec", "msecs", "millis", "millisecond", "milliseconds"),
}
_SIZE_WORDS = {"KiB": "k", "MiB": "m", "GiB": "g", "TiB": "t"}


class UnitError(ValueError):
    """A text is no duration or size. ``suggestion`` is what was probably meant, or empty."""

    def __init__(self, what: str, suggestion: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.suggestion = suggestion


def duration(text: str) -> float:
    """Seconds. Raises `UnitError` for anything but numbers with h, m, s, ms in this order."""
    if not re.match(DURATION, text) or text.endswith("\n"):
        what = "has no unit" if _is_number(text) else "is not a duration"
        raise UnitError(what, _meant(text, _duration_unit))
    total = sum(
        Fraction(number) * _SECONDS[unit]
        for number, unit in re.findall(r"([0-9.]+)(ms|h|m|s)", text)
    )
    return float(total)


def size(text: str) -> int:
    """Bytes. Raises `UnitError` for anything but a number with its unit."""
    if not re.match(SIZE, text) or text.endswith("\n"):
        what = "has no unit" if _is_number(text) else "is not a size"
        raise UnitError(what, _meant(text, _size_unit))
    number = re.match(r"[0-9.]+", text)
    assert number
    return int(Fraction(number.group()) * _BYTES[text[number.end() :]])


def rate(text: str) -> tuple[int, int]:
    """How many, in how many seconds. Raises `UnitError` for anything but a number and a period."""
    if not re.match(RATE, text) or text.endswith("\n"):
        what = "has no period" if _is_number(text) else "is not a rate"
        raise UnitError(what, _meant_rate(text))
    count, _, period = text.partition("/")
    return int(count), _PERIODS[period]


def show_rate(count: int, seconds: float) -> str:
    """The way to write it in a stack file: 20 in 60 seconds are ``20/min``."""
    return f"{count}/{next(word for word, length in _PERIODS.items() if length == seconds)}"


def show_duration(seconds: float) -> str:
    """The shortest way to write it in a stack file: 90.0 is ``1m30s``."""
    milliseconds = round(Fraction(seconds) * 1000, 6)
    if milliseconds == 0:
        return "0s"
    parts = []
    for unit, length in (("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        whole, milliseconds = divmod(milliseconds, length)
        parts.append(f"{whole}{unit}" if whole else "")
    rest = f"{float(milliseconds):f}".rstrip("0").rstrip(".")
    return "".join(parts) + (f"{rest}ms" if milliseconds else "")


def show_size(count: int) -> str:
    """The shortest way to write it in a stack file that loses nothing: 536870912 is ``512MiB``."""
    for unit in ("TiB", "GiB", "MiB", "KiB", "TB", "GB", "MB", "KB"):
        if count and count % _BYTES[unit] == 0:
            return f"{count // _BYTES[unit]}{unit}"
    return f"{count}B"


def megabytes(count: int) -> str:
    """Bytes for people, who compare more than they copy: ``44.6 MB``."""
    return f"{count / 1e6:,.1f} MB"


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) is not None


def _meant(text: str, unit_of: Callable[[str], str]) -> str:
    match = re.fullmatch(r"\s*([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*([A-Za-z]*)\s*", text)
    unit = unit_of(match[2]) if match else ""
    return f"{match[1]}{unit}" if match and unit else ""


def _meant_rate(text: str) -> str:
    match = re.fullmatch(r"\s*([1-9][0-9]{0,8})\s*(?:/|per|a)?\s*([A-Za-z]*)\s*", text)
    if not match:
        return ""
    word = match[2].lower() or "s"
    found = [period for period, words in _PERIOD_WORDS.items() if word in (period, *words)]
    return f"{match[1]}/{found[0]}" if found else ""


def _duration_unit(word: str) -> str:
    for unit, words in _DURATION_WORDS.items():
        if word.lower() in (unit, *words):
            return unit
    return ""


def _size_unit(word: str) -> str:
    if not word:
        return "MiB"
    for unit in _BYTES:
        if word.lower() == unit.lower() or word.lower() == _SIZE_WORDS.get(unit):
            return unit
    return ""
