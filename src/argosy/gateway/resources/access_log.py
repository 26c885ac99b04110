"""The access log: one line of JSON for each request, once it is over. No I/O here.

Envoy's threads put lines into a buffer, and a thread of its own writes them: a request never waits
for the disk. Neither keys nor `authorization` nor queries are ever in it.
"""

from __future__ import annotations

import json

from argosy.gateway.resources import caller
from argosy.gateway.resources.entries import METADATA, PATH, TYPE, Resource
from argosy.gateway.routing import Places, Routing

LONGEST_TEXT = 1000  # characters of what a caller may choose freely
AS_SENT = "NQ:PATH"  # without its query, and whatever an `x-envoy-original-path` says
KEPT_PATH = {"command": "FILTER_STATE", "param": f"{PATH}:PLAIN"}
OWN_PATH = {"command": "PATH", "param": AS_SENT}
AS_ASKED = f"%COALESCE({json.dumps({'operators': [KEPT_PATH, OWN_PATH]})}):{LONGEST_TEXT}%"

# The operators are those of Envoy's access log reference. Numbers stay numbers in JSON, and what
# does not apply to a request is null. What could be read from metadata, too, has other places where
# there are some: for each value that is read there, Envoy copies all of it.
FIELDS = {
    "time": "%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%",
    "request_id": f"%REQ(X-REQUEST-ID):{LONGEST_TEXT}%",
    "model": "%ROUTE_NAME%",
    "revision": f"%METADATA(CLUSTER:{METADATA}:revision)%",
    "replica": "%UPSTREAM_HOST_NAME%",
    "client": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "method": "%REQ(:METHOD):32%",
    "path": AS_ASKED,
    "protocol": "%PROTOCOL%",
    "code": "%RESPONSE_CODE%",
    "grpc_status": "%GRPC_STATUS_NUMBER%",
    "bytes_in": "%BYTES_RECEIVED%",
    "bytes_out": "%BYTES_SENT%",
    "duration_ms": "%DURATION%",
    "first_byte_us": "%COMMON_DURATION(DS_RX_BEG:US_RX_BODY_BEG:us)%",
    "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
    "flags": "%RESPONSE_FLAGS%",
    "details": "%RESPONSE_CODE_DETAILS%",
}


def access_logs(routing: Routing, places: Places) -> list[Resource]:
    """As ``gateway.log.access`` says: into a file, to Envoy's standard output, or nowhere."""
    traced = "%TRACE_ID%" if routing.gateway.traces else "%REQ(TRACEPARENT):55%"
    name = "trace_id" if routing.gateway.traces else "traceparent"
    form = {"json_format": {**FIELDS, "key": caller.key(routing), name: traced}}
    kind = routing.gateway.log.access
    if kind == "none" or (kind == "file" and not places.access_log):
        return []
    if kind == "stdout":
        return [_logger("stdout", "stream.v3.StdoutAccessLog", {"log_format": form})]
    return [
        _logger("file", "file.v3.FileAccessLog", {"path": places.access_log, "log_format": form})
    ]


def filters() -> list[Resource]:
    """Envoy's filter that keeps a path as the caller wrote it; off, unless an entry rewrites it."""
    path = {
        "object_key": PATH,
        "factory_key": "envoy.string",
        "format_string": {"text_format_source": {"inline_string": f"%PATH({AS_SENT})%"}},
    }
    kind = f"{TYPE}filters.http.set_filter_state.v3.Config"
    config = {"@type": kind, "on_request_headers": [path]}
    return [{"name": PATH, "disabled": True, "typed_config": config}]


def _logger(name: str, kind: str, config: Resource) -> Resource:
    typed = {"@type": f"{TYPE}access_loggers.{kind}", **config}
    return {"name": f"envoy.access_loggers.{name}", "typed_config": typed}
