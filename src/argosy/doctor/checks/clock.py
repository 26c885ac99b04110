"""The clock: not before our own files were written, and kept right by somebody."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from argosy.doctor.case import Case
from argosy.doctor.result import Result

GROUP = "machine"

NAME = "Clock"
SET = "sudo timedatectl set-ntp true"
TIME_ERROR = 5  # adjtimex(2): nobody keeps it
TIMEX_BYTES = 256  # more than struct timex has
DAY = 86400.0


async def check(_: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    return [judge(time.time(), Path(__file__).stat().st_mtime, is_kept=_is_kept())]


def judge(now: float, written: float, *, is_kept: bool) -> Result:
    """``written`` is when a file of ours was, both in seconds since 1970."""
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    if now < written - DAY:
        why = "It is earlier than the files of Argosy: certificates and keys seem not valid yet."
        return Result(NAME, "failure", shown, why, SET)
    if not is_kept:
        why = "No time service keeps it here (in a container or a virtual machine the host may)."
        return Result(NAME, "note", shown, why, SET)
    return Result(NAME, "ok", shown)


def _is_kept() -> bool:
    """What the kernel was told by a time service; true where it cannot be asked."""
    if not sys.platform.startswith("linux"):
        return True
    asked = ctypes.create_string_buffer(TIMEX_BYTES)  # modes = 0: only asks
    return int(ctypes.CDLL(None).adjtimex(asked)) != TIME_ERROR
