"""How callers' connections are read so that nobody's slowness or flood is another's loss. No I/O.

The fields are those of Envoy's `HttpConnectionManager`. Its limits on floods are said although
most are Envoy's defaults: what protects should not depend on them.
"""

from __future__ import annotations

from typing import Any

from argosy.stack.model import Patience

CONNECTION_BUFFER = 1 << 20  # bytes that wait for a slow reader, before its sender must wait
LARGEST_HEADERS_KIB = 60
MOST_HEADERS = 100
MOST_STREAMS = 1000  # of one HTTP/2 connection
STREAM_WINDOW = 1 << 20
CONNECTION_WINDOW = 4 << 20


def guards(patience: Patience) -> dict[str, Any]:
    """Limits of headers, paths, floods and times."""
    return {
        "max_request_headers_kb": LARGEST_HEADERS_KIB,
        "common_http_protocol_options": {
            "idle_timeout": _seconds(patience.idle),
            "max_headers_count": MOST_HEADERS,
            # Programs that turn - into _ would take x_argosy_caller for the header of that name.
            "headers_with_underscores_action": "DROP_HEADER",
        },
        "http_protocol_options": {"allow_chunked_length": False},
        "http2_protocol_options": _http2(),
        "normalize_path": True,
        # A replica may unescape what is matched here escaped, and see another path.
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
        "merge_slashes": False,
        "request_headers_timeout": _seconds(patience.headers),
        "request_timeout": _seconds(patience.request),
        # Of what has no entry yet, or one that the gateway answers; others say their own.
        "stream_idle_timeout": _seconds(patience.silence),
    }


def _http2() -> dict[str, Any]:
    return {
        "max_concurrent_streams": MOST_STREAMS,
        "initial_stream_window_size": STREAM_WINDOW,
        "initial_connection_window_size": CONNECTION_WINDOW,
        "max_outbound_frames": 10_000,
        "max_outbound_control_frames": 1000,
        "max_consecutive_inbound_frames_with_empty_payload": 1,
        "max_inbound_priority_frames_per_stream": 100,
        "max_inbound_window_update_frames_per_data_frame_sent": 10,
    }


def _seconds(seconds: float) -> str:
    return f"{seconds:g}s"
