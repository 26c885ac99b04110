"""The kinds of services that are recognised. One file each.

A kind's module has ``recognises(service)``, whether a service is one. Its docstring says how that
is seen and what becomes of it. There are three shapes.

*Model*: ``fill(draft)`` gives the draft its engine and what that needs, and speaks for the keys
that it has read; all other keys are the same for every model. ``served_name(service)``, where it is
there, is the name by which callers know the model. ``OWN_PROGRAM`` says that it is the user's.

*Companion*: ``BESIDE`` says what the gateway does not do for it. It is carried as it stands.

*Proxy*: ``PROXY`` is true. The gateway replaces it where it leads to models alone.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from argosy.imported.service import Service


def names() -> tuple[str, ...]:
    """Every kind there is, sorted."""
    return tuple(sorted(name for _, name, _ in pkgutil.iter_modules(__path__)))


def module(name: str) -> ModuleType:
    """The module of a kind."""
    return importlib.import_module(f"{__name__}.{name}")


def of(service: Service) -> ModuleType | None:
    """The kind of a service; somebody's own program is asked last."""
    found = [one for one in map(module, names()) if one.recognises(service)]
    return min(found, key=is_own_program, default=None)


def is_model(kind: ModuleType) -> bool:
    """Whether its services become models."""
    return hasattr(kind, "fill")


def is_own_program(kind: ModuleType) -> bool:
    """Whether its services are the user's own code."""
    return bool(getattr(kind, "OWN_PROGRAM", False))


def is_proxy(kind: ModuleType) -> bool:
    """Whether its services only pass requests on."""
    return bool(getattr(kind, "PROXY", False))


def served_name(kind: ModuleType | None, service: Service) -> str:
    """The name by which callers know a model; empty where the service does not say."""
    return str(kind.served_name(service)) if hasattr(kind, "served_name") else ""  # type: ignore[union-attr]
