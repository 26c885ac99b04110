"""Where the numbers come from, and whether a neighbour disturbs them."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path

BUSY_SHARE = 0.1


def describe() -> str:
    """One line on the machine; a second one when it is not quiet."""
    cores = len(os.sched_getaffinity(0))
    text = f"{cores} cores, {platform.machine()}, Python {platform.python_version()}"
    busy = busy_share(1.0)
    if busy > BUSY_SHARE:
        text += f"\nOther processes use {busy:.0%} of it: ratios are rough, times are worthless."
    return text


def busy_share(seconds: float) -> float:
    """The share of all processors' time that was not idle during ``seconds``, 0 to 1."""
    before = _processor_times()
    time.sleep(seconds)
    spent = [after - start for after, start in zip(_processor_times(), before, strict=True)]
    idle = spent[3] + spent[4]
    return 1 - idle / (sum(spent) or 1)


def _processor_times() -> list[int]:
    """proc(5), /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal."""
    return [int(ticks) for ticks in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
