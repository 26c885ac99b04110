"""What executes a model. One file each; its name is the word in the stack file.

An engine's module imports only the standard library at its top: the control plane reads its
``REQUIREMENTS`` and the file ``SUFFIXES`` that it takes; the worker runs the rest in the model's
own environment. It has ``load(place)``, which returns an object with

- ``signature``: what goes in and out, for the runner: ``{"values": …}`` or ``{"tensors": …}``;
- ``rows``: how many rows a frame may hold;
- ``warm_up()``: raises when the model cannot answer;
- ``answer(header, body)``: the (header, parts) that answer a frame; it never raises.
"""

from __future__ import annotations

import importlib
import pkgutil


def names() -> tuple[str, ...]:
    """Every engine there is, sorted."""
    return tuple(sorted(name for _, name, _ in pkgutil.iter_modules(__path__)))


def requirements(name: str) -> tuple[str, ...]:
    """What the engine needs where the model's own requirements do not say. Raises `KeyError`."""
    if name not in names():
        raise KeyError(name)
    module = importlib.import_module(f"{__name__}.{name}")
    found: tuple[str, ...] = module.REQUIREMENTS
    return found


def taking(suffix: str) -> tuple[str, ...]:
    """The engines whose weights are files of this suffix, ``.onnx`` for example."""
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in names()}
    return tuple(name for name in modules if suffix in getattr(modules[name], "SUFFIXES", ()))
