"""``python -m argosy_runner <settings.json>``: one replica, until it is told to stop.

The worker is started before the server is imported: it loads its model meanwhile.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import msgspec

from argosy_runner import last_words, worker_process
from argosy_runner import settings as settings_file
from argosy_runner.log import Log


def main() -> int:
    """0 when told to stop, 1 when the model cannot be loaded, 2 for wrong settings."""
    born = process_start()
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m argosy_runner <settings.json>\n")
        return 2
    try:
        settings = settings_file.read(Path(sys.argv[1]))
        log = Log(settings.name, settings.log_file)
    except (OSError, msgspec.MsgspecError) as error:
        sys.stderr.write(f"{sys.argv[1]}: {error}\n")
        return 2
    if settings.serve_at is not None:
        from argosy_runner import served  # noqa: PLC0415  a loaded model needs none of it

        return served.run(settings, log, born)
    try:
        workers = [worker_process.start(settings) for _ in range(settings.workers)]
    except OSError as error:
        return cannot_start(settings, log, f"the model's Python cannot be started: {error}")

    from argosy_runner import serve  # noqa: PLC0415  after the worker is on its way

    return serve.run(settings, log, workers, born)


def cannot_start(settings: settings_file.Settings, log: Log, reason: str) -> int:
    """Say why, where whoever started us looks."""
    if settings.termination_log:
        log.write(reason)
    last_words.leave(settings, log, reason)
    return 1


def process_start() -> float:
    """When this process was created, on the monotonic clock (proc(5), stat, field 22)."""
    now = time.clock_gettime(time.CLOCK_MONOTONIC)
    try:
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError):
        return now
    return now - max(age, 0.0)


if __name__ == "__main__":
    sys.exit(main())
