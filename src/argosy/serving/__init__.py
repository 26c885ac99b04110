"""One model on its own: its environment, its runner in the foreground, and no stack.

No supervisor, no gateway, no state but the lock of its environment.
"""

from argosy.serving.server import Server, Show
from argosy.serving.subject import find

__all__ = ["Server", "Show", "find"]
