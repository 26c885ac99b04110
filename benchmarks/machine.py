"""Where the numbers come from, and whether a neighbour disturbs them."""

from __future__ import annotations

import contextlib
import os
import platform
import struct
import time
from collections.abc import Iterator
from pathlib import Path

BUSY_SHARE = 0.1
WAKE_LATENCY = Path("/dev/cpu_dma_latency")


def describe() -> str:
    """One line on the machine; a second one when it is not quiet."""
    cores = len(os.sched_getaffinity(0))
    text = f"{cores} cores, {platform.machine()}, Python {platform.python_version()}"
    busy = busy_share(1.0)
    if busy > BUSY_SHARE:
        text += f"\nOther processes use {busy:.0%} of it: ratios are rough, times are worthless."
    return text


@contextlib.contextmanager
def awake() -> Iterator[bool]:
    """No processor falls asleep in the block, if this machine lets us say so: whether it does.

    A virtual processor that sleeps is woken by its host, which takes longer than what is measured.
    Under load it does not sleep. Linux, Documentation/power/pm_qos_interface.rst.
    """
    try:
        with WAKE_LATENCY.open("wb", buffering=0) as held:
            held.write(struct.pack("i", 0))  # microseconds; holds until the file is closed
            yield True
    except OSError:
        yield False


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
