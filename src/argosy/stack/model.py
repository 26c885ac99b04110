"""What a stack file declares, as frozen values. No I/O here.

Sizes are bytes, times are seconds. `stack/file.py` parses; everything after it trusts these types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

DEFAULT_LISTEN = "127.0.0.1:8080"
DEFAULT_TIMEOUT = 30.0
DEFAULT_QUEUE = 1000
DEFAULT_START_TIMEOUT = 300.0
DEFAULT_DRAIN = 3.0
DEFAULT_CORS_AGE = 600.0


@dataclass(frozen=True)
class Resources:
    """What one replica may use. ``None`` is no limit."""

    cpus: float | None = None
    memory: int | None = None


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
class ModelRoute:
    """One more path of a model at the gateway, at ``host`` alone where that is given."""

    path: str
    host: str | None = None


@dataclass(frozen=True)
class Model:
    """One named service of the stack."""

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
    timeout: float = DEFAULT_TIMEOUT
    start_timeout: float = DEFAULT_START_TIMEOUT
    drain: float = DEFAULT_DRAIN
    env: Mapping[str, str] = field(default_factory=dict)
    route: ModelRoute | None = None
    aliases: tuple[str, ...] = ()


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
    """The single entry point. ``keys`` is "none" where the file says that callers need no key."""

    listen: str = DEFAULT_LISTEN
    keys: str | None = None
    tls: Tls | None = None
    cors: Cors | None = None

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
    """All that one stack file declares. ``file`` is absolute."""

    name: str
    file: Path
    models: tuple[Model, ...]
    platform: str = "process"
    gateway: Gateway = Gateway()

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
