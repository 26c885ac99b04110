"""Who listens on a TCP port, told from /proc; and whether the gateway could."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from argosy import find
from argosy.errors import CannotStart
from argosy.gateway.resources.bootstrap import NODE
from argosy.gateway.routing import host_and_port

LISTENING = "0A"
LISTEN = "gateway.listen"


@dataclass(frozen=True)
class Holder:
    """Who listens. ``pid`` is None for a process of another user.

    ``run_folder`` names the stack when the process is the gateway of one.
    """

    command: str
    pid: int | None = None
    run_folder: Path | None = None

    def __str__(self) -> str:
        if self.run_folder:
            stack = find.stack_of(self.run_folder) or f"of {self.run_folder}"
            return f"the stack {stack} (its gateway has pid {self.pid})"
        return f"{self.command} (pid {self.pid})" if self.pid else self.command


def check_free(listen: str, ours: Path | None = None, key: str = LISTEN) -> None:
    """Raises `CannotStart`, one line, when ``listen`` (``host:port``) cannot be listened on now.

    The gateway of the run folder ``ours`` is not in its own way. ``key`` is that of the stack file.
    """
    step = f"Choose another in {key}."
    try:
        host, port = host_and_port(listen)
        version = ipaddress.ip_address(host).version
        family = socket.AF_INET6 if version == 6 else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as attempt:
            # As Envoy does: connections of an earlier listener may still linger.
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind((host, port))
    except (ValueError, OverflowError):
        raise CannotStart(f"{listen} is no IP address with a port", next_step=step) from None
    except OSError as error:
        holder = find_holder(host, port) if error.errno == errno.EADDRINUSE else None
        if not (ours and holder and holder.run_folder == ours):
            raise CannotStart(refusal(listen, error, holder), next_step=step) from error


def refusal(listen: str, error: OSError, holder: Holder | None = None) -> str:
    """Why ``listen`` could not be bound, as a sentence."""
    if error.errno == errno.EADDRINUSE:
        return f"{listen} is taken by {holder or 'a process that cannot be seen from here'}"
    if error.errno == errno.EACCES:
        return f"{listen} needs root: ports this low are privileged"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{listen} is not an address of this machine"
    return f"{listen} cannot be listened on: {os.strerror(error.errno or 0)}"


def find_holder(host: str, port: int) -> Holder | None:
    """Who listens on this port, at this address or at all addresses. None when nobody does."""
    for inode, owner in _listeners(host, port):
        for pid in _pids_with_socket(inode):
            return _describe(pid)
        return Holder(f"a process of the user with id {owner}")
    return None


def has_connections(pid: int, port: int) -> bool:
    """Whether a process has connections to this port of its own, whatever they do."""
    sockets = set()
    with contextlib.suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                sockets.add(str(descriptor.readlink()))
    return any(f"socket:[{inode}]" in sockets for inode in _connections(port))


def _connections(port: int) -> Iterator[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] != LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]


def _listeners(host: str, port: int) -> Iterator[tuple[str, str]]:
    """(inode, user id) of each listening socket in the way. proc(5) gives the fields."""
    wanted = ipaddress.ip_address(host)
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                address, _, hexadecimal_port = fields[1].partition(":")
                same_port = fields[3] == LISTENING and int(hexadecimal_port, 16) == port
                if same_port and _meet(wanted, _address(address)):
                    yield fields[9], fields[7]


def _meet(
    wanted: ipaddress.IPv4Address | ipaddress.IPv6Address,
    held: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> bool:
    mapped = getattr(held, "ipv4_mapped", None)
    return wanted.is_unspecified or held.is_unspecified or wanted in {held, mapped}


def _address(hexadecimal: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The kernel prints addresses as 32-bit words in the machine's own byte order."""
    words = [int(hexadecimal[i : i + 8], 16) for i in range(0, len(hexadecimal), 8)]
    return ipaddress.ip_address(struct.pack(f"={len(words)}I", *words))


def _pids_with_socket(inode: str) -> Iterator[int]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                for descriptor in (folder / "fd").iterdir():
                    with contextlib.suppress(OSError):
                        if str(descriptor.readlink()) == f"socket:[{inode}]":
                            yield int(folder.name)


def _describe(pid: int) -> Holder:
    with contextlib.suppress(OSError):
        process = Path(f"/proc/{pid}")
        arguments = process.joinpath("cmdline").read_bytes().decode(errors="replace").split("\0")
        nodes = [argument for argument in arguments if argument.startswith(NODE)]
        folder = Path(nodes[0].removeprefix(NODE)) if nodes else None
        return Holder(process.joinpath("comm").read_text().strip(), pid, folder)
    return Holder("a process that has just ended", pid)
