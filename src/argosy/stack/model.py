"""What a stack file declares, as frozen values. No I/O here.

Sizes are bytes, times are seconds. `stack/file.py` parses; everything after it trusts these types.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from argosy import scorers

DEFAULT_LISTEN = "127.0.0.1:8080"
DEFAULT_TIMEOUT = 30.0
DEFAULT_QUEUE = 1000
DEFAULT_START_TIMEOUT = 300.0
DEFAULT_DRAIN = 3.0
DEFAULT_MAX_BODY = 64 << 20
RedisFailure = Literal["allow", "deny"]
DEFAULT_REDIS_FAILURE: RedisFailure = "allow"
DEFAULT_CORS_AGE = 600.0
DEFAULT_CONCURRENCY = 4
DEFAULT_MARGIN = 0.02
DEFAULT_CONFIDENCE = 0.95
DEFAULT_FRACTION = 0.1
DEFAULT_PATIENCE = 3600.0
DEFAULT_KEPT = 100 << 20


@dataclass(frozen=True)
class Resources:
    """What one replica may use. ``None`` is no limit.

    ``cpuset`` are the CPUs it is kept on, as ``0-3,8``. ``gpu_devices`` are the GPUs it gets, by
    index or UUID; with ``gpus`` alone any so many. ``shm_size`` is the size of /dev/shm in bytes.
    """

    cpus: float | None = None
    memory: int | None = None
    cpuset: str | None = None
    gpus: int = 0
    gpu_devices: tuple[str, ...] = ()
    shm_size: int | None = None

    @property
    def uses_gpu(self) -> bool:
        """Whether a replica gets any."""
        return bool(self.gpus or self.gpu_devices)


@dataclass(frozen=True)
class ImageSettings:
    """How a model's image is built. ``base`` replaces the one that fits the model's Python.

    An image larger than ``max_size`` bytes, its base included, is refused.
    """

    base: str | None = None
    max_size: int | None = None


@dataclass(frozen=True)
class Batch:
    """How many rows go to the worker at once, and how long a row may wait for company."""

    max_size: int
    max_delay: float = 0.0


@dataclass(frozen=True)
class Rate:
    """So many requests in so many seconds; up to ``burst`` at once, ``requests`` where None."""

    requests: int
    seconds: float = 1.0
    burst: int | None = None


@dataclass(frozen=True)
class Limits:
    """What one caller may ask for at the gateway. ``None`` is no limit.

    Tokens are those of language models. ``concurrency`` are requests in flight of a key, or of an
    address where the caller has none.
    """

    per_key: Rate | None = None
    per_address: Rate | None = None
    concurrency: int | None = None
    tokens_per_minute: int | None = None
    tokens_per_day: int | None = None


@dataclass(frozen=True)
class ModelLimits:
    """What all callers together may ask of one model. ``None`` is no limit."""

    rate: Rate | None = None
    concurrency: int | None = None


@dataclass(frozen=True)
class ModelRoute:
    """One more path of a model at the gateway, at ``host`` alone where that is given."""

    path: str
    host: str | None = None


@dataclass(frozen=True)
class Probe:
    """Questions with known answers. ``suite`` is their file, ``accuracy`` the least mean score.

    Serving replicas are asked ``every`` so many seconds, not at all where None. ``items`` is how
    many of the suite's are asked at most, all where None. ``timeout`` is of one answer.
    """

    suite: Path
    scorer: scorers.Choice = field(default_factory=lambda: scorers.Choice("exact"))
    every: float | None = None
    repeats: int = 1
    timeout: float = DEFAULT_TIMEOUT
    seed: int = 0
    items: int | None = None
    accuracy: float | None = None
    concurrency: int = DEFAULT_CONCURRENCY


@dataclass(frozen=True)
class GuardLimit:
    """An ``amount`` (a share, seconds, a count, bytes), or a ``ratio`` to the revision before."""

    amount: float | None = None
    ratio: float | None = None


@dataclass(frozen=True)
class Guard:
    """What a new revision may not exceed while it takes traffic. ``None`` is not looked at.

    Amounts: ``error_rate`` is a share from 0 to 1, latencies and times to the first token (ttft)
    are seconds, ``restarts`` a count, ``memory`` bytes of a replica.
    """

    error_rate: GuardLimit | None = None
    latency_p95: GuardLimit | None = None
    latency_p99: GuardLimit | None = None
    ttft_p95: GuardLimit | None = None
    ttft_p99: GuardLimit | None = None
    restarts: GuardLimit | None = None
    memory: GuardLimit | None = None


@dataclass(frozen=True)
class Shadow:
    """A ``fraction`` of the requests is copied to the new revision, whose answers nobody sees.

    With ``keep_bodies`` what differs is kept, without the fields to ``redact``, up to ``most``
    bytes on disk.
    """

    fraction: float = DEFAULT_FRACTION
    keep_bodies: bool = False
    redact: tuple[str, ...] = ()
    most: int = DEFAULT_KEPT


@dataclass(frozen=True)
class Rollout:
    """How a new revision takes over: by ``steps`` in percent of the traffic, the last of them 100.

    With the ``strategy`` ``recreate`` it starts only once the one before has stopped: no steps.
    Each lasts ``hold`` seconds at least; guards and shadow traffic may wait ``patience`` seconds
    for requests that they need to decide. It must be shown with ``confidence`` that it is not less
    accurate than the revision before by ``margin``, of all items and of those with each tag in
    ``slices``; with the ``gate`` ``point`` it is enough that it has not been on the items asked.
    ``defaults`` names what all this is where the file does not say it.
    """

    strategy: Literal["gradual", "recreate"] = "gradual"
    steps: tuple[float, ...] = (100,)
    hold: float = 0.0
    patience: float = DEFAULT_PATIENCE
    margin: float = DEFAULT_MARGIN
    confidence: float = DEFAULT_CONFIDENCE
    test: Literal["e-process", "one-look"] = "e-process"
    slices: tuple[str, ...] = ()
    guard: Guard = Guard()
    shadow: Shadow | None = None
    gate: Literal["confidence", "point"] = "confidence"
    defaults: Literal["development", "production"] = "development"


@dataclass(frozen=True)
class Model:
    """One named service of the stack.

    ``traces`` is the gateway's: where its replicas send their part of a trace. ``secrets`` are
    names, whose values are read where they are needed. ``depends_on`` names companions of the stack
    that must be healthy first. ``internet``: whether its containers reach beyond their own network.
    """

    name: str
    engine: str = "python"
    code: Path | None = None
    weights: Path | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    trust: Literal["pickle"] | None = None
    command: tuple[str, ...] = ()
    python: str | None = None
    replicas: int = 1
    workers: int = 1
    resources: Resources = Resources()
    batch: Batch | None = None
    queue: int = DEFAULT_QUEUE
    max_body: int = DEFAULT_MAX_BODY
    timeout: float = DEFAULT_TIMEOUT
    start_timeout: float = DEFAULT_START_TIMEOUT
    drain: float = DEFAULT_DRAIN
    env: Mapping[str, str] = field(default_factory=dict)
    limits: ModelLimits = ModelLimits()
    route: ModelRoute | None = None
    aliases: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    internet: bool = False
    image: ImageSettings = ImageSettings()
    weights_in_image: bool = False
    probe: Probe | None = None
    rollout: Rollout = Rollout()
    traces: str | None = None

    @property
    def is_proven(self) -> bool:
        """Whether a next revision has to show something before it gets all of the traffic."""
        rollout = self.rollout
        return self.probe is not None or len(rollout.steps) > 1 or rollout.shadow is not None


@dataclass(frozen=True)
class GatewayLog:
    """Where the access log goes: a file in the stack's state, Envoy's standard output, nowhere."""

    access: Literal["file", "stdout", "none"] = "file"


@dataclass(frozen=True)
class Issuer:
    """Somebody else who gives keys: tokens (RFC 7519) whose ``iss`` and ``aud`` are these.

    ``jwks`` is the address of the issuer's public keys (RFC 7517).
    """

    issuer: str
    audience: str
    jwks: str


@dataclass(frozen=True)
class Patience:
    """How many seconds the gateway waits for callers, by what they are slow at.

    ``headers``: all of them; ``request``: all of it; ``silence``: without a byte, where the model's
    own ``timeout`` does not say; ``idle``: for the next request on a connection.
    """

    headers: float = 10.0
    request: float = 600.0
    silence: float = 60.0
    idle: float = 75.0


@dataclass(frozen=True)
class Tls:
    """Files in PEM form. Plain requests that come to ``redirect_from`` are sent on."""

    certificate: Path
    key: Path
    redirect_from: str | None = None


@dataclass(frozen=True)
class Cors:
    """Which web pages may call, and what their requests may hold. ``max_age`` is in seconds."""

    origins: tuple[str, ...]
    headers: tuple[str, ...] = ()
    credentials: bool = False
    max_age: float = DEFAULT_CORS_AGE


@dataclass(frozen=True)
class Gateway:
    """The single entry point. ``keys`` says whether callers need one; None leaves it to the rest.

    A token of one of the ``issuers`` is as good as a key of the stack. ``max_connections`` is None
    where as many may be open as the limit of open files allows. ``redis`` is where several gateways
    count together, and ``redis_failure`` what becomes of a request while nobody can count it.
    ``metrics`` is the ``host:port`` that Prometheus asks. ``traces`` is the OTLP/HTTP address of a
    collector, and ``trace_share`` the part of the requests that are traced.
    """

    listen: str = DEFAULT_LISTEN
    keys: str | None = None
    issuers: tuple[Issuer, ...] = ()
    max_connections: int | None = None
    patience: Patience = Patience()
    limits: Limits = Limits()
    redis: str | None = None
    redis_failure: RedisFailure = DEFAULT_REDIS_FAILURE
    tls: Tls | None = None
    cors: Cors | None = None
    log: GatewayLog = GatewayLog()
    metrics: str | None = None
    traces: str | None = None
    trace_share: float = 1.0

    @property
    def needs_keys(self) -> bool:
        """Where the file says nothing: when others may call, or somebody gives keys."""
        if self.keys is None:
            return bool(self.issuers) or not ipaddress.ip_address(self.host).is_loopback
        return self.keys == "required"

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        return f"{'https' if self.tls else 'http'}://{self.listen}"

    @property
    def host(self) -> str:
        """The address without the port; IPv6 without its brackets."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self.listen.rpartition(":")[2])


@dataclass(frozen=True)
class Stack:
    """All that one stack file declares. ``file`` is absolute.

    ``services`` are companions: Compose services by name, verbatim.
    """

    name: str
    file: Path
    models: tuple[Model, ...]
    platform: str = "process"
    gateway: Gateway = Gateway()
    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the stack file lies; paths in the file are relative to it."""
        return self.file.parent

    def model(self, name: str) -> Model:
        """Raises `KeyError` for an undeclared name."""
        for model in self.models:
            if model.name == name:
                return model
        raise KeyError(name)
