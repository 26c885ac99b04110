"""The file of weights that is meant, and what is said of one that cannot be used."""

from __future__ import annotations

import os
from typing import Any

from argosy_runner import engines
from argosy_runner.worker import faults, gpu


def file(place: Any, engine: str, suffixes: tuple[str, ...]) -> str:
    """The file that ``weights`` is, or the only one in the folder that it is.

    A file of another engine's is refused with that engine's name; a suffix that no engine claims
    is left to the library that reads it.
    """
    weights: str = place.weights or ""
    what = " or ".join(suffixes)
    if not weights:
        raise faults.CannotLoad(f"engine {engine} needs `weights`: the path of a {what} file")
    if not os.path.exists(weights):
        raise faults.CannotLoad(f"{weights} does not exist")
    if os.path.isdir(weights):
        found = [name for name in sorted(os.listdir(weights)) if suffix(name) in suffixes]
        if len(found) != 1:
            raise faults.CannotLoad(
                f"{weights} holds {len(found)} {what} files where one is wanted"
            )
        return os.path.join(weights, found[0])
    other = "" if suffix(weights) in suffixes else other_engine(weights, engine)
    if other:
        raise faults.CannotLoad(f"{os.path.basename(weights)} is no {what} file{other}")
    return weights


def other_engine(path: str, engine: str) -> str:
    """The question whether another engine is meant; empty where none claims such a file."""
    others = engines.taking(suffix(path))
    return f": did you mean `engine: {others[0]}`?" if others and engine not in others else ""


def suffix(name: str) -> str:
    """``.onnx`` of ``Digits.ONNX``."""
    return os.path.splitext(name)[1].lower()


def unreadable(path: str, library: str, error: BaseException) -> faults.CannotLoad:
    """The one line for a file that ``library`` cannot read, or that the GPU cannot hold."""
    name = os.path.basename(path)
    if gpu.is_full(error):
        return faults.CannotLoad(f"{name} does not fit, out of GPU memory: {gpu.line(error)}")
    return faults.CannotLoad(f"{library} cannot read {name}: {faults.first_line(error)}")


def refuse_untrusted_pickle(place: Any, name: str) -> None:
    """A pickle is a program that runs when it is read.

    Whoever can write to this machine's disk can change the model's code as well, so a pickle from
    there adds no risk; one from elsewhere is read only where the stack says ``trust: pickle``.
    """
    if place.weights_local or place.trust == "pickle":
        return
    raise faults.CannotLoad(
        f"{name} is a pickle from elsewhere, a program that would run here: "
        "write `trust: pickle` if you trust its origin"
    )
