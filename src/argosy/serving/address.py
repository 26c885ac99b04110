"""Where one model listens, ``host:port`` or ``unix:/path``: is it free, and how is it called?"""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

from argosy.errors import CannotStart, UsageError
from argosy.find import LONGEST_SOCKET
from argosy.gateway import ports
from argosy.gateway.routing import host_and_port

UNIX = "unix:"
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  only to be called
NEXT_STEP = "Choose another with --listen."


def check_free(listen: str) -> str:
    """``listen`` as the runner wants it; port 0 becomes one that is free.

    Raises `CannotStart` where nobody could listen now, `UsageError` for what is no address.
    """
    if listen.startswith(UNIX):
        return UNIX + str(_free_socket(Path(listen.removeprefix(UNIX)).absolute()))
    try:
        host, port = host_and_port(listen if ":" in listen else f"127.0.0.1:{listen}")
    except ValueError:
        raise UsageError(
            "not an address", where=listen, next_step="Write 127.0.0.1:8000 or unix:/path."
        ) from None
    shown = f"[{host}]" if ":" in host else host
    try:
        ports.check_free(f"{shown}:{port}")
    except CannotStart as error:
        raise CannotStart(error.what, next_step=NEXT_STEP) from error
    return f"{shown}:{port or _free_port(host)}"


def url(listen: str) -> str:
    """The base address for a client on this machine."""
    if listen.startswith(UNIX):
        return "http://localhost"
    host, port = host_and_port(listen)
    bracketed = f"[{host}]" if ":" in host else host
    return f"http://{ANYWHERE.get(host, bracketed)}:{port}"


def _free_socket(path: Path) -> Path:
    if len(os.fsencode(path)) > LONGEST_SOCKET:
        reason = f"the path of a unix socket has {LONGEST_SOCKET} bytes at most"
        raise CannotStart(reason, where=str(path), next_step=NEXT_STEP)
    if not path.parent.is_dir():
        raise CannotStart("there is no such folder", where=str(path.parent), next_step=NEXT_STEP)
    if not path.exists():
        return path
    if not stat.S_ISSOCK(path.stat().st_mode):
        raise CannotStart("a file that is no socket is here", where=str(path), next_step=NEXT_STEP)
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(str(path)) == 0:
            raise CannotStart("somebody listens here already", where=str(path), next_step=NEXT_STEP)
    return path


def _free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as one:
        one.bind((host, 0))
        return int(one.getsockname()[1])
