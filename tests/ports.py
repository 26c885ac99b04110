"""TCP addresses for tests."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def free_address() -> str:
    """The same with its address."""
    return f"127.0.0.1:{free_port()}"


@contextlib.contextmanager
def reserved_address() -> Iterator[str]:
    """One that the system gives nobody else meanwhile, as a port to listen on or to call from.

    Whoever sets SO_REUSEADDR, as Envoy does, can listen there.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"
