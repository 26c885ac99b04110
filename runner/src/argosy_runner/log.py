"""A replica's log: lines of the model and of the runner, in one file that never grows too large.

A line is ``<ISO 8601, UTC, milliseconds> <replica> <text>``.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections import deque

LONGEST_FILE = 10_000_000
OLD_FILES = 2
LONGEST_LINE = 8192
CUT = " … (cut)"


class Log:
    """Writes lines at once, each in one write; a full disk is no reason to stop serving."""

    def __init__(self, replica: str, file: str | None = None) -> None:
        self._replica = replica
        self._file = file
        self._size = 0
        self._descriptor = sys.stdout.fileno() if file is None else self._open(file)

    def write(self, *lines: str) -> None:
        """Log these lines under the time of now."""
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        start = f"{stamp}.{int(now % 1 * 1000):03}Z {self._replica} "
        text = "".join([f"{start}{line}\n" for line in lines])
        data = text.encode("utf-8", "replace")
        if self._file is not None and self._size + len(data) > LONGEST_FILE:
            self._rotate(self._file)
        with contextlib.suppress(OSError):
            self._size += os.write(self._descriptor, data)

    def _open(self, file: str) -> int:
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._size = os.fstat(descriptor).st_size
        return descriptor

    def _rotate(self, file: str) -> None:
        with contextlib.suppress(OSError):
            for number in range(OLD_FILES, 0, -1):
                older = file if number == 1 else f"{file}.{number - 1}"
                if os.path.exists(older):  # noqa: PTH110  no Path is made on the way of every line
                    os.replace(older, f"{file}.{number}")  # noqa: PTH105
            descriptor = self._open(file)
            os.close(self._descriptor)
            self._descriptor = descriptor


class Lines:
    """Cuts output that arrives in pieces into lines, none longer than `LONGEST_LINE`.

    ``tail`` keeps the last lines: where a worker died without a word they are the reason.
    """

    def __init__(self, log: Log) -> None:
        self.tail: deque[str] = deque(maxlen=12)
        self._log = log
        self._rest = b""
        self._cutting = False

    def feed(self, data: bytes) -> None:
        """Log the lines that ``data`` completes."""
        *lines, rest = (self._rest + data).split(b"\n")
        texts = []
        for line in lines:
            if self._cutting:  # the end of a line whose start is already logged
                self._cutting = False
                continue
            texts.append(_text(line))
        if self._cutting:
            rest = b""
        elif len(rest) > LONGEST_LINE:
            texts.append(_text(rest))
            self._cutting, rest = True, b""
        self._rest = rest
        self._write(texts)

    def close(self) -> None:
        """Log what has no end of line."""
        if self._rest:
            self._write([_text(self._rest)])
            self._rest = b""

    def _write(self, texts: list[str]) -> None:
        if texts:
            self.tail.extend(texts[-12:])
            self._log.write(*texts)


def _text(line: bytes) -> str:
    text = line[:LONGEST_LINE].decode("utf-8", "replace").rstrip("\r")
    return text + CUT if len(line) > LONGEST_LINE else text
