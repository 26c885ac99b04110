"""What executes a model. One file each; its name is the word in the stack file.

An engine's module imports only the standard library at its top: the control plane reads its
``REQUIREMENTS``, the names and meanings of its ``OPTIONS`` and the file ``SUFFIXES`` that it takes,
the last two where there are any; the worker runs the rest in the model's own environment. Its
docstring is its manual, from which ``docs/engines.md`` is made. It has ``load(place)``, which
returns an object with

- ``signature``: what goes in and out, for the runner: ``{"values": …}`` or ``{"tensors": …}``;
- ``rows``: how many rows a frame may hold;
- ``warm_up()``: raises when the model cannot answer;
- ``answer(header, body)``: the (header, parts) that answer a frame; it never raises.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def names() -> tuple[str, ...]:
    """Every engine there is, sorted."""
    return tuple(sorted(name for _, name, _ in pkgutil.iter_modules(__path__)))


def requirements(name: str) -> tuple[str, ...]:
    """What the engine needs where the model's own requirements do not say. Raises `KeyError`."""
    found: tuple[str, ...] = module(name).REQUIREMENTS
    return found


def options(name: str) -> dict[str, str]:
    """What the keys of ``options:`` mean to the engine. Raises `KeyError`."""
    found: dict[str, str] = getattr(module(name), "OPTIONS", {})
    return found


def taking(suffix: str) -> tuple[str, ...]:
    """The engines whose weights are files of this suffix, ``.onnx`` for example."""
    return tuple(name for name in names() if suffix in getattr(module(name), "SUFFIXES", ()))


def module(name: str) -> ModuleType:
    """The engine's file. Raises `KeyError` for a word that is none."""
    if name not in names():
        raise KeyError(name)
    return importlib.import_module(f"{__name__}.{name}")
