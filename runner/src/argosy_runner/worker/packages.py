"""Packages of the model's environment that an engine imports, and what is said where one lacks."""

from __future__ import annotations

import importlib
import os
from typing import Any

from argosy_runner.worker import faults


def need(module: str, distribution: str) -> Any:
    """Import a module. Raises `CannotLoad` with the ``distribution`` that has to be required."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name in {module, module.partition(".")[0]}:
            raise missing(distribution) from error
        raise missing(str(error.name), wanted_by=distribution) from error
    except (ImportError, OSError) as error:  # a library of the system, a package that is half there
        raise faults.CannotLoad(
            f"{distribution} cannot be imported: {faults.first_line(error)}"
        ) from error


def missing(name: str, wanted_by: str = "the model") -> faults.CannotLoad:
    """The one line for a package that is not installed."""
    return faults.CannotLoad(
        f"{wanted_by} needs {name}, which is not installed: add it to requirements.txt"
    )


def threads() -> int | None:
    """How many threads the CPUs of the replica allow; None where nothing limits them."""
    count = os.environ.get("OMP_NUM_THREADS", "")
    return int(count) if count.isdigit() and int(count) else None
