"""Where replicas run. One file per platform, named as the word in the stack file.

A platform decides nothing: it reports what exists and carries out what it is told.
"""

from __future__ import annotations

import importlib

from argosy.platforms.platform import Platform


def named(word: str) -> type[Platform]:
    """The class of a platform, in the file of its name. Imported only where it is used."""
    module = importlib.import_module(f"{__name__}.{word}")
    found: type[Platform] = next(
        one
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Platform) and one.__module__ == module.__name__
    )
    return found
