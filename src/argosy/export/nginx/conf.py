"""The whole configuration of nginx: a file for all, and one for each model. No I/O here.

How nginx's own failures become answers: it turns to a location ``@<status>``, which keeps the
status for ``gateway.js`` to tell it in the form of the caller's protocol.
"""

from __future__ import annotations

from argosy.export.nginx import cors, keys, limits, paths
from argosy.export.nginx.syntax import block, text
from argosy.export.routing import is_served
from argosy.gateway.resources.capacity import EJECTED_SECONDS, FAILURES_IN_A_ROW
from argosy.gateway.routing import REDIRECT_FROM, Route, Routing
from argosy.images import layout

IMAGE = "nginx:1.30.6"  # `resolve` in an upstream needs 1.27.3, `add_header_inherit` 1.29.3
FOLDER = "/etc/nginx/argosy"
PORT, REDIRECT_PORT = 8080, 8081  # inside its container
CERTIFICATE, CERTIFICATE_KEY = "certificate.pem", "certificate.key"
DOCKER_DNS = "127.0.0.11"
CONNECTIONS = 8192  # of callers and to replicas, for each of nginx's processes
FILES_PER_CONNECTION = 2
CONNECT = 1  # seconds; a container that is gone refuses nothing, it is silent
AGAIN_WITHIN = 15  # seconds: by then it is known that a replica has gone without a word
LONGEST_CALL = "1h"  # of silence from the caller of a stream

LOG_FIELDS = {
    "time": '"$time_iso8601"',
    "request_id": '"$id"',
    "model": '"$model"',
    "replica": '"$upstream_addr"',
    "caller": '"$caller"',
    "client": '"$remote_addr"',
    "method": '"$request_method"',
    "path": '"$path"',
    "protocol": '"$server_protocol"',
    "code": "$status",
    "grpc_status": '"$sent_http_grpc_status$sent_trailer_grpc_status"',  # one of them
    "bytes_in": "$request_length",
    "bytes_out": "$body_bytes_sent",
    "seconds": "$request_time",
    "first_byte_seconds": '"$upstream_header_time"',
    "traceparent": '"$http_traceparent"',
}

FAILURES = (400, 401, 408, 413, 429, 494, 502, 504)  # 494 is a header that is too large


def main(routing: Routing) -> str:
    """``nginx.conf``."""
    return text(
        [
            f"# The gateway of {routing.stack}: the paths and answers of Argosy's, in nginx.",
            "load_module modules/ngx_http_js_module.so;",
            "worker_processes auto;",
            f"worker_rlimit_nofile {CONNECTIONS * FILES_PER_CONNECTION};",
            "worker_shutdown_timeout 1h;  # streams of a process that is replaced",
            "pid /tmp/nginx.pid;",
            "error_log /dev/stderr warn;",
            *block("events", [f"worker_connections {_connections(routing)};"]),
            "",
            *block("http", _http(routing)),
        ]
    )


def of_model(route: Route, routing: Routing) -> str:
    """``models/<model>.conf``: what holds on all paths of a model."""
    silence = f"{route.timeout:g}s"
    return text(
        [
            f"# What holds on every path of {route.model}.",
            f"set $model {route.model};",
            f"proxy_read_timeout {silence};  # without a byte; what keeps moving has no limit",
            f"proxy_send_timeout {silence};",
            f"grpc_read_timeout {silence};",
            f"grpc_send_timeout {silence};",
            f"send_timeout {silence};",
            *limits.of_model(route, routing),
        ]
    )


def of_grpc() -> str:
    """``grpc.conf``: what holds for calls to any model."""
    return text(
        [
            "# What holds for gRPC calls: replicas limit each message, and streams may be silent.",
            "client_max_body_size 0;",
            f"client_body_timeout {LONGEST_CALL};",
        ]
    )


def _connections(routing: Routing) -> int:
    most = routing.gateway.max_connections
    return CONNECTIONS if most is None else FILES_PER_CONNECTION * most


def _http(routing: Routing) -> list[str]:
    lines = [
        "map_hash_bucket_size 512;  # a key of a map, such as a caller's token, may be long",
        "server_names_hash_bucket_size 256;",
        *_scripts(),
        *_logs(routing),
        "",
        *_callers(routing),
        "",
        *keys.maps(routing),
        *cors.maps(routing.gateway.cors),
        *limits.zones(routing),
        "",
        *_upstreams(routing),
        "",
        *_proxying(routing),
    ]
    for host in paths.hosts(routing):
        lines += ["", *block("server", _server(routing, host))]
    if routing.addresses.get(REDIRECT_FROM):
        lines += ["", *block("server", _redirect(routing))]
    return lines


def _scripts() -> list[str]:
    return [
        "js_import gateway.js;",
        'js_var $model "";',
        'js_var $alias "";',
        'js_var $refusal "";',
        'js_var $again "";',
        "js_set $grpc_model gateway.grpc_model;",
        "js_set $grpc_alias gateway.grpc_alias;",
    ]


def _logs(routing: Routing) -> list[str]:
    if routing.gateway.log.access == "none":
        return ["access_log off;"]
    fields = [f'"{name}":{value}' for name, value in LOG_FIELDS.items()]
    return [
        *block("map $request_uri $path", [r"~^(?<before_query>[^?]*) $before_query;"]),
        "log_format argosy escape=json",
        *(f"    '{'{' if one is fields[0] else ''}{one},'" for one in fields[:-1]),
        f"    '{fields[-1]}}}';",
        "access_log /dev/stdout argosy;",
    ]


def _callers(routing: Routing) -> list[str]:
    """How connections are read; a request has an id, its caller's or a new one."""
    patience = routing.gateway.patience
    return [
        "server_tokens off;",
        f"client_header_timeout {patience.headers:g}s;",
        f"client_body_timeout {patience.silence:g}s;",
        f"keepalive_timeout {patience.idle:g}s;",
        "client_body_buffer_size 1m;",
        "large_client_header_buffers 4 60k;",
        "client_body_temp_path /tmp/client_body;",
        "proxy_temp_path /tmp/proxy;",
        "fastcgi_temp_path /tmp/fastcgi;",
        "uwsgi_temp_path /tmp/uwsgi;",
        "scgi_temp_path /tmp/scgi;",
        *block("map $http_x_request_id $id", ['"" $request_id;', "default $http_x_request_id;"]),
        *block("map $http_upgrade $upgrading", ['"" "";', "default upgrade;"]),
        "# A replica may unescape what is compared here escaped, and see another path.",
        *block("map $request_uri $escaped", ["default 0;", r'"~*^[^?]*(%2f|%5c|%00|#)" 1;']),
    ]


def _upstreams(routing: Routing) -> list[str]:
    """All containers of a service, as Docker's DNS tells them: more and fewer are seen in seconds.

    One that cannot be reached or is not ready is left alone for a while, never the last.
    """
    lines = [f"resolver {DOCKER_DNS} valid=2s ipv6=off;", "resolver_timeout 2s;"]
    for route in routing.routes:
        http = layout.ENGINE_PORT if is_served(route) else layout.HTTP_PORT
        lines += _upstream(route.model, route.model, http)
        if is_served(route):
            lines += _upstream(paths.probes(route), route.model, layout.HTTP_PORT)
        else:
            lines += _upstream(paths.grpc(route), route.model, layout.GRPC_PORT)
    return lines


def _upstream(name: str, service: str, port: int) -> list[str]:
    failing = f"max_fails={FAILURES_IN_A_ROW} fail_timeout={EJECTED_SECONDS}s"
    return block(
        f"upstream {name}",
        [
            f"zone {name} 64k;",
            "least_conn;",
            f"server {service}:{port} resolve {failing};",
            "keepalive 64;",
        ],
    )


def _proxying(routing: Routing) -> list[str]:
    """How requests are sent on: streams as they come, and again where nobody has answered."""
    again = "error timeout http_503 non_idempotent"
    lines = [
        "proxy_http_version 1.1;",
        "proxy_buffering off;  # events pass as they are sent",
        "# Tried again is what no replica has begun to answer, where one ends, has gone or is not",
        f"# ready; not where one is silent for long, since {AGAIN_WITHIN} s are over then.",
        *(
            line
            for kind in ("proxy", "grpc")
            for line in (
                f"{kind}_connect_timeout {CONNECT}s;",
                f"{kind}_socket_keepalive on;",
                f"{kind}_next_upstream {again};",
                f"{kind}_next_upstream_tries 4;",
                f"{kind}_next_upstream_timeout {AGAIN_WITHIN}s;",
            )
        ),
        "proxy_set_header connection $upgrading;",
        "proxy_set_header upgrade $http_upgrade;",
        "proxy_set_header host $http_host;",
        "proxy_set_header x-argosy-alias $alias;",
        "grpc_set_header x-argosy-alias $grpc_alias;",
    ]
    for directive in ("proxy_set_header", "grpc_set_header"):
        lines += [
            f"{directive} x-request-id $id;",
            f"{directive} x-forwarded-for $proxy_add_x_forwarded_for;",
            f"{directive} x-forwarded-proto $scheme;",
            f'{directive} x-argosy-mirror "";',
            *keys.headers(routing, directive),
        ]
    return [*lines, "proxy_hide_header x-request-id;", "grpc_hide_header x-request-id;"]


def _server(routing: Routing, host: str | None) -> list[str]:
    """Of the hosts that no model asks for, where it is None."""
    secure = " ssl" if routing.gateway.tls else ""
    default = "" if host else " default_server"
    return [
        f"listen {PORT}{secure}{default};",
        f"server_name {host or '_'};",
        *(_tls() if routing.gateway.tls else []),
        "http2 on;",
        "merge_slashes off;",
        "client_max_body_size 1m;",
        "add_header x-request-id $id always;",
        *cors.headers(routing.gateway.cors),
        *cors.answer(routing.gateway.cors),
        *block("if ($escaped)", ["return 400;"]),
        *keys.refusal(routing, paths.has_own_health(routing, host)),
        "recursive_error_pages on;",
        f"error_page 404 = @{paths.NOWHERE};",
        *(f"error_page {status} = @{status};" for status in FAILURES),
        "",
        *paths.locations(routing, host),
        "",
        *cors.location(routing.gateway.cors),
        "# What became of nginx's own failures.",
        *(
            f"location @{status} {{ set $failure {status}; js_content gateway.failed; }}"
            for status in FAILURES
        ),
    ]


def _tls() -> list[str]:
    return [
        f"ssl_certificate /run/secrets/{CERTIFICATE};",
        f"ssl_certificate_key /run/secrets/{CERTIFICATE_KEY};",
        "ssl_protocols TLSv1.2 TLSv1.3;",
    ]


def _redirect(routing: Routing) -> list[str]:
    """The same path, by https."""
    port = "" if routing.gateway.port == 443 else f":{routing.gateway.port}"
    return [
        f"listen {REDIRECT_PORT} default_server;",
        f"return 308 https://$host{port}$request_uri;",
    ]
