"""The access log: one line of JSON for each request, once it is over. No I/O here.

Envoy's threads put lines into a buffer, and a thread of its own writes them: a request never waits
for the disk. Neither keys nor `authorization` nor queries are ever in it.
"""

from __future__ import annotations

from argosy.gateway.resources.entries import METADATA, TYPE, Resource
from argosy.gateway.routing import Places, Routing

PATH = "argosy.path"  # in Envoy's filter state: the router rewrites the header
LONGEST_TEXT = 1000  # characters of what a caller may choose freely

# The operators are those of Envoy's access log reference. Numbers stay numbers in JSON, and what
# does not apply to a request is null.
FIELDS = {
    "time": "%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%",
    "request_id": f"%REQ(X-REQUEST-ID):{LONGEST_TEXT}%",
    "model": f"%METADATA(ROUTE:{METADATA}:model)%",
    "revision": f"%METADATA(CLUSTER:{METADATA}:revision)%",
    "replica": f"%METADATA(UPSTREAM_HOST:{METADATA}:replica)%",
    "key": "%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:claims:jti)%",
    "client": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "method": "%REQ(:METHOD):32%",
    "path": f"%FILTER_STATE({PATH}:PLAIN):{LONGEST_TEXT}%",
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
    form = {"json_format": {**FIELDS, name: traced}}
    kind = routing.gateway.log.access
    if kind == "none" or (kind == "file" and not places.access_log):
        return []
    if kind == "stdout":
        return [_logger("stdout", "stream.v3.StdoutAccessLog", {"log_format": form})]
    return [
        _logger("file", "file.v3.FileAccessLog", {"path": places.access_log, "log_format": form})
    ]


def filters() -> list[Resource]:
    """Envoy's filter that keeps the path as the caller wrote it, without its query."""
    path = {
        "object_key": PATH,
        "factory_key": "envoy.string",
        "format_string": {"text_format_source": {"inline_string": "%PATH(NQ)%"}},
    }
    kind = f"{TYPE}filters.http.set_filter_state.v3.Config"
    config = {"@type": kind, "on_request_headers": [path]}
    return [{"name": PATH, "typed_config": config}]


def _logger(name: str, kind: str, config: Resource) -> Resource:
    typed = {"@type": f"{TYPE}access_loggers.{kind}", **config}
    return {"name": f"envoy.access_loggers.{name}", "typed_config": typed}
