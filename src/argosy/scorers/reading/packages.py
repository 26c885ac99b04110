"""Packages of the extra ``scorers``, which only some scorers need."""

from __future__ import annotations

import importlib
from typing import Any

from argosy.errors import ArgosyError


def needed(package: str, scorer_name: str) -> Any:
    """The package, imported. Raises `ArgosyError` that says how to get it."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ArgosyError(
            f"the scorer {scorer_name} needs the package {package}",
            next_step="Run `pip install 'argosy[scorers]'`",
        ) from error
