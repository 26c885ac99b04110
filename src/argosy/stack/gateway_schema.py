"""The shape of what the stack file says of the gateway. No I/O here."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from argosy.stack.gateway_values import (
    HEADER_NAMES,
    ORIGINS,
    CollectorAddress,
    Listen,
    RedisAddress,
)
from argosy.stack.issuers import Issuers
from argosy.stack.limit_shapes import LimitsShape
from argosy.stack.model import (
    DEFAULT_CORS_AGE,
    DEFAULT_LISTEN,
    DEFAULT_REDIS_FAILURE,
    Issuer,
    RedisFailure,
)
from argosy.stack.shape import Shape
from argosy.stack.units import show_duration
from argosy.stack.values import (
    Duration,
    LocalPath,
    Number,
    Truth,
    Word,
)

CORS_AGE: Any = show_duration(DEFAULT_CORS_AGE)  # as it is written in the file


class TlsShape(Shape):
    """HTTPS: TLS 1.2 or 1.3, with HTTP/2 and HTTP/1.1."""

    certificate: Annotated[str, LocalPath(example="./tls/certificate.pem")] = Field(
        description="The file of the certificate and of those between it and the authority, in "
        "PEM form. Relative to the stack file.",
        examples=["./tls/certificate.pem"],
    )
    key: Annotated[str, LocalPath(example="./tls/key.pem")] = Field(
        description="The file of the certificate's private key, in PEM form. Files that are "
        "replaced are read again.",
        examples=["./tls/key.pem"],
    )
    redirect_from: Annotated[str, Listen()] | None = Field(
        default=None,
        description="An IP address and a port where plain requests are sent on to https, with 308.",
        examples=["0.0.0.0:80"],
    )


class CorsShape(Shape):
    """Which web pages may call from a browser."""

    origins: Annotated[tuple[str, ...], ORIGINS] = Field(
        description='The origins of the pages: `"*"` for all, `"https://*.example.com"` for every '
        "host below.",
        examples=["https://app.example.com"],
    )
    headers: Annotated[tuple[str, ...], HEADER_NAMES] | None = Field(
        default=None,
        description="Headers that pages may send, beside `content-type`. Without it, all.",
        examples=["x-tenant"],
    )
    credentials: Annotated[bool, Truth()] = Field(
        default=False,
        description="Whether pages may send cookies. Keys in headers need none.",
        examples=[True],
    )
    max_age: Annotated[float, Duration(most="24h")] = Field(
        default=CORS_AGE,
        description="How long a browser may remember what is allowed.",
        examples=["1h"],
    )


class GatewayLogShape(Shape):
    """What the gateway writes down."""

    access: Annotated[str, Word(lambda: ("file", "stdout", "none"))] = Field(
        default="file",
        description="The access log, a line of JSON for each request. `file`: in "
        "`.argosy/access.log`, three older ones are kept. `stdout`: among what the gateway prints, "
        "which is `.argosy/gateway.log` here. `none`: nothing is logged.",
        examples=["none"],
    )


class GatewayShape(Shape):
    """The single entry point."""

    listen: Annotated[str, Listen()] = Field(
        default=DEFAULT_LISTEN,
        description="The IP address and port where every model answers; IPv6 in quotes: "
        '"[::1]:8080". Where other machines can reach it, callers need a key unless `keys` says '
        "otherwise.",
        examples=["127.0.0.1:8081"],
    )
    keys: Annotated[str, Word(lambda: ("none", "required"))] | None = Field(
        default=None,
        description="Whether callers need a key, which `argosy keys create` makes. Without it, "
        "`required` when other machines can reach `listen` or there are `issuers`, else `none`.",
        examples=["required"],
    )
    issuers: Annotated[tuple[Issuer, ...], Issuers()] = Field(
        default_factory=tuple,
        description="Who else gives keys: OpenID Connect providers, say. Their tokens are as good "
        "as keys of the stack. They reach every model, unless their claim `models` lists some.",
        examples=[
            [
                {
                    "issuer": "https://login.example.com",
                    "audience": "models",
                    "jwks": "https://login.example.com/keys",
                }
            ]
        ],
    )
    max_connections: Annotated[int, Number(least=1, most=1000000, whole=True)] | None = Field(
        default=None,
        description="How many connections callers may have open; beyond, they are closed at once. "
        "Without it, as many as the limit of open files allows, up to 20000. A change counts once "
        "`argosy restart --gateway` was run.",
        examples=[5000],
    )
    limits: LimitsShape = Field(
        default_factory=LimitsShape,
        description="What one caller may ask for.",
        examples=[{"per_key": "20/s", "burst": 40}],
    )
    redis: Annotated[str, RedisAddress()] | None = Field(
        default=None,
        description="A Redis where several gateways count together. Without it, every gateway "
        "counts alone. Needs `argosy[redis]`.",
        examples=["redis://127.0.0.1:6379/0"],
    )
    redis_failure: Annotated[RedisFailure, Word(lambda: ("allow", "deny"))] = Field(
        default=DEFAULT_REDIS_FAILURE,
        description="While Redis cannot be asked, requests that are to be counted go on uncounted "
        "(`allow`), or get 503 with `Retry-After` (`deny`).",
        examples=["deny"],
    )
    tls: TlsShape | None = Field(
        default=None,
        description="HTTPS. Without it, requests are plain.",
        examples=[{"certificate": "./tls/certificate.pem", "key": "./tls/key.pem"}],
    )
    cors: CorsShape | None = Field(
        default=None,
        description="Which web pages may call from a browser. Without it, none.",
        examples=[{"origins": "https://app.example.com"}],
    )
    log: GatewayLogShape = Field(
        default_factory=GatewayLogShape,
        description="What the gateway writes down.",
        examples=[{"access": "none"}],
    )
    metrics: Annotated[str, Listen(example="127.0.0.1:9901")] | None = Field(
        default=None,
        description="The IP address and port where Prometheus finds `/metrics` of the gateway and "
        "of all replicas. Without it, only `argosy metrics` shows them.",
        examples=["127.0.0.1:9901"],
    )
    traces: Annotated[str, CollectorAddress()] | None = Field(
        default=None,
        description="The address of a collector that takes traces over OTLP/HTTP, without a path. "
        "Every request is then a trace through gateway, runner and worker. A change makes a new "
        "revision of every model.",
        examples=["http://127.0.0.1:4318"],
    )
    trace_share: Annotated[float, Number(most=1)] = Field(
        default=1.0,
        description="The share of requests that are traced. A request with a `traceparent` is "
        "traced if that says so.",
        examples=[0.1],
    )
