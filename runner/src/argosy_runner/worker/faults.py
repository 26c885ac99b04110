"""What went wrong in a model, in the model's own terms: tracebacks without our frames."""

from __future__ import annotations

import os
import sys
import traceback

from argosy_runner.worker import gpu

OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class CannotLoad(Exception):
    """The model cannot be loaded for a reason that needs no traceback."""


def text(error: BaseException) -> str:
    """The traceback as Python prints it, from the first frame of the model on."""
    if isinstance(error, CannotLoad):
        return str(error)
    step = error.__traceback__
    while step is not None and is_ours(step.tb_frame.f_code.co_filename):
        step = step.tb_next
    if isinstance(error, SyntaxError):
        step = None  # the place is in the error itself
    lines = traceback.format_exception(type(error), error, step)
    return readable("".join(lines).rstrip())


def is_ours(file: str) -> bool:
    """Whether a frame is the worker's or the import system's."""
    return file.startswith((OURS, "<frozen importlib")) or os.sep + "importlib" + os.sep in file


def is_cancellation(error: BaseException) -> bool:
    """Whether the work was called off. By name: importing asyncio costs a start."""
    return type(error).__name__ == "CancelledError"


def report(error: BaseException) -> None:
    """Write the traceback to the replica's log."""
    sys.stderr.write(text(error) + "\n")
    sys.stderr.flush()


def failure(error: BaseException, kind: str = "model") -> dict[str, str]:
    """What the caller may know of an error: its type and message.

    ``kind`` is who is to blame, where it is neither memory nor the GPU.
    """
    try:
        message = str(error)
        if gpu.is_full(error):
            kind, message = "gpu memory", gpu.line(error)
            gpu.release(error)
        elif isinstance(error, MemoryError):
            kind = "memory"
        elif gpu.is_lost(error):
            kind, message = "gpu", gpu.line(error)
    except Exception:  # noqa: BLE001  an exception's text is the model's code
        message = "(its message cannot be told)"
    return {"kind": kind, "type": type(error).__name__, "message": readable(message[:2000])}


def first_line(error: BaseException) -> str:
    """What an error says, on one line; its type where it says nothing."""
    lines = [line.strip() for line in readable(str(error)).splitlines() if line.strip()]
    name = type(error).__name__
    if not lines:
        return name
    return f"{name}: {lines[0]}" if isinstance(error, LookupError) else lines[0]


def readable(message: str) -> str:
    """Without what UTF-8 cannot carry."""
    return message.encode("utf-8", "backslashreplace").decode("utf-8")
