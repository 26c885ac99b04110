"""Copies of the suites of a stack, made by `up`: an edit changes nothing until the next one."""

from __future__ import annotations

import contextlib
from pathlib import Path

from argosy.errors import CannotStart
from argosy.probe import suite as suites
from argosy.stack.model import Probe, Stack


def keep(stack: Stack, state: Path) -> None:
    """Copy them into the state folder. Raises `SuiteError`, and `CannotStart` where that fails."""
    for model in stack.models:
        if model.probe is not None:
            try:
                copy = suites.keep(suites.read(model.probe.suite), state / "suites")
                note = _note(state, model.name)
                note.parent.mkdir(parents=True, exist_ok=True)
                note.write_text(str(copy))
            except OSError as error:
                what = f"the suite cannot be copied: {error.strerror}"
                raise CannotStart(what, where=str(error.filename or state)) from error


def kept(state: Path, model_name: str, probe: Probe) -> Path:
    """The copy, or the suite itself where there is none."""
    with contextlib.suppress(OSError):
        return Path(_note(state, model_name).read_text())
    return probe.suite


def _note(state: Path, model_name: str) -> Path:
    return state / "probes" / f"{model_name}.suite"
