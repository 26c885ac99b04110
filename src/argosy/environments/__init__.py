"""A locked environment per model, built by uv and shared by all models with the same lock.

`resolve` turns a model's requirements into a `Lock`, `build` a lock into an interpreter. No package
of this machine or of Argosy can be imported from it, and it may have a Python version of its own.
"""

from argosy.environments.build import build
from argosy.environments.lock import resolve
from argosy.environments.store import Environment, installed, prune, touch
from argosy.environments.store import is_complete as _is_complete
from argosy.stack.revision import Lock

__all__ = ["Environment", "build", "installed", "is_built", "prune", "resolve", "touch"]


def is_built(lock: Lock) -> bool:
    """Whether `build` would return at once."""
    return _is_complete(lock.digest)
