"""What executes a model. One file each; its name, with - for _, is the word in the stack file.

An engine's module imports only the standard library at its top: the control plane reads its
``REQUIREMENTS``, the names and meanings of its ``OPTIONS`` and the file ``SUFFIXES`` that it takes,
the last two where there are any. Its docstring is its manual, from which ``docs/engines.md`` is
made. There are two shapes.

*Loaded*: the worker runs the module in the model's own environment. It has ``load(place)``, which
returns an object with

- ``signature``: what goes in and out, for the runner: ``{"values": …}`` or ``{"tensors": …}``;
- ``rows``: how many rows a frame may hold;
- ``warm_up()``: raises when the model cannot answer;
- ``answer(header, body)``: the (header, parts) that answer a frame; it never raises.

*Served*: the engine is a server of its own, which the runner starts in the model's environment and
watches. `argosy_runner.served.engine` says what its module has instead.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType


def names() -> tuple[str, ...]:
    """Every engine there is, sorted."""
    return tuple(sorted(name.replace("_", "-") for _, name, _ in pkgutil.iter_modules(__path__)))


def module(name: str) -> ModuleType:
    """The module of an engine. Raises `KeyError`."""
    if name not in names():
        raise KeyError(name)
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")


def requirements(name: str) -> tuple[str, ...]:
    """What the engine needs where the model's own requirements do not say. Raises `KeyError`."""
    found: tuple[str, ...] = module(name).REQUIREMENTS
    return found


def options(name: str) -> dict[str, str] | None:
    """What the keys of ``options:`` mean to the engine; None where its server takes any.

    Raises `KeyError`.
    """
    found: dict[str, str] | None = getattr(module(name), "OPTIONS", {})
    return found


def ours(name: str) -> dict[str, str]:
    """Options of a served engine that the stack file cannot set, and why. Raises `KeyError`."""
    found: dict[str, str] = getattr(module(name), "OURS", {})
    return found


def unused(name: str) -> tuple[str, ...]:
    """Of the engine's packages, what a model without code never touches: paths for a shell.

    Images leave it out. Raises `KeyError`.
    """
    found: tuple[str, ...] = getattr(module(name), "UNUSED", ())
    return found


def gpu_share(name: str, given: Mapping[str, object]) -> float | None:
    """The share of each of its GPUs' memory that the engine takes, by the ``options`` it is given.

    None where it takes what it happens to need. Raises `KeyError`.
    """
    found: tuple[str, float] | None = getattr(module(name), "GPU_SHARE", None)
    if found is None:
        return None
    option, default = found
    share = given.get(option, given.get(option.replace("-", "_"), default))
    return float(share) if isinstance(share, int | float) else None


def is_served(name: str) -> bool:
    """Whether the engine is a server of its own. Raises `KeyError`."""
    return hasattr(module(name), "command")


def taking(suffix: str) -> tuple[str, ...]:
    """The engines whose weights are files of this suffix, ``.onnx`` for example."""
    return tuple(name for name in names() if suffix in getattr(module(name), "SUFFIXES", ()))
