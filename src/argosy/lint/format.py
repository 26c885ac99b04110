"""The formats there are: one module each in `formats`, found by looking into that folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import cast

from argosy.lint import formats as folder
from argosy.lint.presentation import Presentation
from argosy.lint.run import Report

Render = Callable[[Report, Presentation], str]


@cache
def names() -> tuple[str, ...]:
    """All of them, sorted."""
    return tuple(sorted(name for _, name, _ in pkgutil.iter_modules(folder.__path__)))


def render(name: str, report: Report, presentation: Presentation) -> str:
    """The report in the format of a name, which must be one of `names`."""
    module = importlib.import_module(f"{folder.__name__}.{name}")
    return cast("Render", module.render)(report, presentation)


def meaning(name: str) -> str:
    """What a format is for: the first sentence of its docstring."""
    module = importlib.import_module(f"{folder.__name__}.{name}")
    return " ".join((module.__doc__ or "").partition("\n\n")[0].split())
