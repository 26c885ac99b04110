"""What the gateway is told, which replicas answer for which model, and what it tells of itself.

No I/O here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from argosy.keys.key import Key
from argosy.keys.trust import NO_TRUST, Trust
from argosy.stack.model import Gateway, ModelLimits

REVISION_HEADER = "x-argosy-revision"
ALIAS_HEADER = "x-argosy-alias"
SILENCE_MARGIN = 10.0  # seconds
LISTEN, REDIRECT_FROM, METRICS = "gateway.listen", "gateway.tls.redirect_from", "gateway.metrics"


@dataclass(frozen=True)
class Share:
    """A published revision of a model, and its share of the requests.

    ``endpoints`` are addresses of ready replicas: ``unix:/path`` or ``host:port``.
    ``grpc_endpoints`` are where those replicas that speak gRPC do so, as HTTP/2 without TLS.
    ``probe_endpoints`` answer /health, /ready and /metrics where ``endpoints``, engines that are
    servers of their own, do not; None where they do. ``weight`` is a part of the sum of all; with
    0 a revision is reached only by its name, and then ``mirrored`` is the fraction of the others'
    requests, 0 to 1, of which it gets a copy; ``keeps_requests``: who compares the answers is told
    the bodies of these requests, too. ``capacity``: how many requests may be in flight at once,
    those that wait at a replica included; None is no limit.
    """

    number: int
    endpoints: tuple[str, ...] = ()
    grpc_endpoints: tuple[str, ...] = ()
    probe_endpoints: tuple[str, ...] | None = None
    weight: int = 100
    mirrored: float = 0.0
    keeps_requests: bool = False
    capacity: int | None = None


@dataclass(frozen=True)
class Route:
    """One model as the gateway sees it.

    While no revision can take requests, the gateway answers 503 with ``unavailable`` as the reason
    and ``retry_after`` seconds. ``timeout``: after this many seconds without a byte in either
    direction a request is given up; a stream that keeps moving has no limit. 0 leaves it to the
    replica. ``created`` is when its revision was declared, in seconds since 1970; 0 where that is
    not known. ``path`` is one more path of the model, without a slash at its end; at ``host`` alone
    where that is given. ``max_body``: bytes of the largest body; None is no limit.
    """

    model: str
    revisions: tuple[Share, ...] = ()
    unavailable: str = "no replica is ready"
    retry_after: int = 5
    timeout: float = 0.0
    created: int = 0
    max_body: int | None = None
    limits: ModelLimits = field(default_factory=ModelLimits)
    aliases: tuple[str, ...] = ()
    path: str | None = None
    host: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All names by which callers know the model."""
        return (self.model, *self.aliases)

    @property
    def names_pattern(self) -> str:
        """The names as a regular expression (RE2)."""
        return "|".join(re.escape(name) for name in self.names)

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The addresses of all replicas that take requests."""
        return tuple(one for share in self.revisions if share.weight for one in share.endpoints)

    def told_of_revisions(self) -> str:
        """For who has named a revision that is not published."""
        numbers = ", ".join(f"r{share.number}" for share in self.revisions)
        return f"{self.model} has no such revision. {REVISION_HEADER} can name: {numbers}."


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

    @property
    def counts_elsewhere(self) -> bool:
        """Whether a service counts requests, as several gateways need it, instead of Envoy."""
        return self.gateway.redis is not None

    @property
    def addresses(self) -> dict[str, str]:
        """All that is listened on, by its key in the stack file."""
        return addresses(self.gateway)


@dataclass(frozen=True)
class Places:
    """Where on this machine Envoy writes its access log, and whom it asks.

    These are sockets: of whoever tells the metrics of the stack, and of the service that counts for
    limits. Empty where there is no such thing.
    """

    access_log: str = ""
    metrics_socket: str = ""
    limits_socket: str = ""


def addresses(gateway: Gateway) -> dict[str, str]:
    """Where a gateway listens, by the keys of the stack file."""
    tls = gateway.tls
    plain = {REDIRECT_FROM: tls.redirect_from} if tls and tls.redirect_from else {}
    metrics = {METRICS: gateway.metrics} if gateway.metrics else {}
    return {LISTEN: gateway.listen, **plain, **metrics}


def longest_silence(timeout: float) -> float:
    """Seconds without a byte after which a request to a model of this ``timeout`` is given up.

    Replicas hold to it themselves, so this is for one that does not. A request may wait out
    another's whole timeout before it is computed in turn.
    """
    return 2 * timeout + SILENCE_MARGIN


def host_and_port(address: str) -> tuple[str, int]:
    """The two parts of ``host:port``; IPv6 without its brackets, ``localhost`` as its number."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    return ("127.0.0.1" if host == "localhost" else host), int(port)  # Envoy takes numbers only


State = Literal["absent", "starting", "serving", "restarting", "failed"]


@dataclass(frozen=True)
class GatewayState:
    """``published`` is what Envoy accepted last; ``reason`` why it died or failed last.

    ``warning`` is what its users should know although it serves.
    """

    state: State = "absent"
    pid: int | None = None
    listen: str = ""
    restarts: int = 0
    reason: str = ""
    warning: str = ""
    published: Routing | None = None
