"""What the gateway is told, which replicas answer for which model, and what it tells of itself.

No I/O here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from argosy.keys.key import Key
from argosy.keys.trust import NO_TRUST, Trust
from argosy.stack.model import Gateway


@dataclass(frozen=True)
class Route:
    """One model as the gateway sees it.

    ``endpoints`` are addresses of ready replicas: ``unix:/path`` or ``host:port``. Without any,
    the gateway answers 503 with ``unavailable`` as the reason and ``retry_after`` seconds.
    ``timeout``: after this many seconds without a byte in either direction a request is given up;
    a stream that keeps moving has no limit. 0 leaves it to the replica. ``created`` is when its
    revision was declared, in seconds since 1970; 0 where that is not known. ``grpc_endpoints`` are
    where those replicas that speak gRPC do so, as HTTP/2 without TLS. ``probe_endpoints`` answer
    /health, /ready and /metrics where ``endpoints``, engines that are servers of their own, do not;
    None where they do.
    """

    model: str
    endpoints: tuple[str, ...] = ()
    unavailable: str = "no replica is ready"
    retry_after: int = 5
    timeout: float = 0.0
    created: int = 0
    grpc_endpoints: tuple[str, ...] = ()
    probe_endpoints: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Routing:
    """Everything the gateway serves, and what the stack file says of it.

    ``keys`` are all known. ``names`` are those of the replicas, by their addresses.
    """

    stack: str
    gateway: Gateway
    routes: tuple[Route, ...] = ()
    keys: tuple[Key, ...] = ()
    trust: Trust = NO_TRUST
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def listen(self) -> str:
        """``host:port``."""
        return self.gateway.listen


@dataclass(frozen=True)
class Places:
    """Where on this machine Envoy writes its access log, and asks for the metrics of the stack.

    Empty where there is no such thing.
    """

    access_log: str = ""
    metrics_socket: str = ""


def host_and_port(address: str) -> tuple[str, int]:
    """The two parts of ``host:port``; IPv6 without its brackets, ``localhost`` as its number."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    return ("127.0.0.1" if host == "localhost" else host), int(port)  # Envoy takes numbers only


State = Literal["absent", "starting", "serving", "restarting", "failed"]


@dataclass(frozen=True)
class GatewayState:
    """``published`` is what Envoy accepted last; ``reason`` why it died or failed last."""

    state: State = "absent"
    pid: int | None = None
    listen: str = ""
    restarts: int = 0
    reason: str = ""
    published: Routing | None = None
