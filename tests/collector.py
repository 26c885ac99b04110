"""A collector of traces: takes OTLP/HTTP, as protobuf and as JSON, and shows what has come."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.waiting import until

PATIENCE = 20.0
PROTOBUF, JSON = "application/x-protobuf", "application/json"


@dataclass(frozen=True)
class Span:
    """One span; ids are hexadecimal, times nanoseconds."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    began: int
    ended: int
    failed: bool
    values: dict[str, Any] = field(default_factory=dict)


class Collector:
    """Listens on a port of its own, at ``address``."""

    def __init__(self, port: int = 0) -> None:
        self.spans: list[Span] = []
        self.refusing = False
        config = uvicorn.Config(
            self._application, port=port, interface="asgi3", log_level="error", lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        until(lambda: self._server.started, "the collector listens")
        listening = self._server.servers[0].sockets[0].getsockname()
        self.address = f"http://127.0.0.1:{listening[1]}"

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    def trace(self, trace_id: str, *names: str) -> dict[str, Span]:
        """The spans of one trace by their names, once these have come."""

        def found() -> dict[str, Span]:
            return {span.name: span for span in self.spans if span.trace_id == trace_id}

        try:
            until(lambda: found().keys() >= set(names), f"spans {names}", PATIENCE)
        except AssertionError as error:
            raise AssertionError(f"{error}; there are {self.spans}") from None
        return found()

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        assert scope["path"] == "/v1/traces"
        if not self.refusing:
            read = {PROTOBUF: _read_protobuf, JSON: _read_json}[headers["content-type"]]
            self.spans += read(body)
        status = 503 if self.refusing else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@contextmanager
def collecting(port: int = 0) -> Iterator[Collector]:
    collector = Collector(port)
    try:
        yield collector
    finally:
        collector.close()


def _read_protobuf(body: bytes) -> Iterator[Span]:
    """The classes at hand are older, where a scope was an "instrumentation library"."""
    for part in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = _values(part.resource.attributes)["service.name"]
        scopes = part.instrumentation_library_spans
        for span in (span for scope in scopes for span in scope.spans):
            yield Span(
                service,
                span.name,
                span.trace_id.hex(),
                span.span_id.hex(),
                span.parent_span_id.hex(),
                span.start_time_unix_nano,
                span.end_time_unix_nano,
                span.status.code == 2,
                _values(span.attributes),
            )


def _values(attributes: Any) -> dict[str, Any]:
    return {
        one.key: getattr(one.value, one.value.WhichOneof("value") or "string_value")
        for one in attributes
    }


def _read_json(body: bytes) -> Iterator[Span]:
    for part in json.loads(body)["resourceSpans"]:
        service = _json_values(part["resource"]["attributes"])["service.name"]
        for span in (span for scope in part["scopeSpans"] for span in scope["spans"]):
            yield Span(
                service,
                span["name"],
                span["traceId"],
                span["spanId"],
                span["parentSpanId"],
                int(span["startTimeUnixNano"]),
                int(span["endTimeUnixNano"]),
                span.get("status", {}).get("code") == 2,
                _json_values(span["attributes"]),
            )


def _json_values(attributes: list[Any]) -> dict[str, Any]:
    found = {}
    for one in attributes:
        ((kind, value),) = one["value"].items()
        found[one["key"]] = int(value) if kind == "intValue" else value
    return found
