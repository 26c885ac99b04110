"""Sending spans to a collector: OTLP over HTTP as JSON (OpenTelemetry protocol 1.x, "OTLP/HTTP").

From a thread of its own, so that a collector that is slow or away costs requests nothing. What
waits is bounded: beyond it spans are dropped and counted.
"""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections import deque
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import msgspec

from argosy_runner.traces.spans import Span, Value

PATH = "/v1/traces"
SCOPE = "argosy_runner"
MOST_WAITING = 8192
MOST_AT_ONCE = 512
PAUSE = 1.0  # seconds between two sendings, unless a full one waits
TIMEOUT = 5.0
KINDS = {"internal": 1, "server": 2}  # SpanKind of trace.proto
ERROR = 2  # StatusCode


class Exporter:
    """One collector. ``resource`` says whose spans they are."""

    def __init__(self, address: str, resource: dict[str, Value]) -> None:
        self._sent = self._unsent = self._refused = 0
        url = urlsplit(address)
        self._host, self._port = url.hostname or "", url.port or 80
        self._resource = attributes(resource)
        self._waiting: deque[Span] = deque()
        self._wake = threading.Event()
        self._closed = False
        self._connection: http.client.HTTPConnection | None = None
        self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
        self._thread.start()

    def counts(self) -> dict[str, int]:
        """Spans by what became of them."""
        return {"sent": self._sent, "dropped": self._unsent + self._refused}

    def take(self, spans: Iterable[Span]) -> None:
        """These are over. Returns at once; from the event loop only."""
        for span in spans:
            if len(self._waiting) >= MOST_WAITING:
                self._refused += 1
            else:
                self._waiting.append(span)
        if len(self._waiting) >= MOST_AT_ONCE:
            self._wake.set()

    def close(self) -> None:
        """Send what there is, once, and end."""
        self._closed = True
        self._wake.set()
        self._thread.join(TIMEOUT)

    def _run(self) -> None:
        while not self._closed:
            self._wake.wait(PAUSE)
            self._wake.clear()
            while self._waiting:
                count = min(len(self._waiting), MOST_AT_ONCE)
                self._send([self._waiting.popleft() for _ in range(count)])
        if self._connection is not None:
            self._connection.close()

    def _send(self, spans: list[Span]) -> None:
        """A connection that the collector has closed meanwhile is made anew once."""
        body = msgspec.json.encode(document(self._resource, spans))
        for _ in range(2):
            fresh = self._connection is None
            if self._posted(body):
                self._sent += len(spans)
                return
            if fresh:
                break
        self._unsent += len(spans)

    def _posted(self, body: bytes) -> bool:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT)
        try:
            headers = {"content-type": "application/json"}
            self._connection.request("POST", PATH, body, headers)
            answer = self._connection.getresponse()
            answer.read()
            return 200 <= answer.status < 300
        except (OSError, http.client.HTTPException):
            with contextlib.suppress(OSError):
                self._connection.close()
            self._connection = None
            return False


def document(resource: list[Any], spans: Iterable[Span]) -> dict[str, Any]:
    """An ExportTraceServiceRequest in its JSON form: ids in hexadecimal, times as text."""
    told = [_span(span) for span in spans]
    scope = {"scope": {"name": SCOPE}, "spans": told}
    return {"resourceSpans": [{"resource": {"attributes": resource}, "scopeSpans": [scope]}]}


def attributes(values: dict[str, Value]) -> list[Any]:
    """Keys and values in OTLP's form."""
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _span(span: Span) -> dict[str, Any]:
    told = {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.parent_id,
        "name": span.name,
        "kind": KINDS[span.kind],
        "startTimeUnixNano": str(span.began),
        "endTimeUnixNano": str(span.ended),
        "attributes": attributes(span.values),
    }
    if span.failure:
        told["status"] = {"code": ERROR, "message": span.failure}
    return told


def _value(value: Value) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}
