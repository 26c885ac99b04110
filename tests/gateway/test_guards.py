from __future__ import annotations

from envoy.extensions.filters.network.http_connection_manager.v3 import (
    http_connection_manager_pb2,
)
from google.protobuf import json_format

from argosy.gateway.resources.guards import guards
from argosy.stack.model import Patience

Manager = http_connection_manager_pb2.HttpConnectionManager


def test_each_patience_has_its_timeout() -> None:
    made = guards(Patience(headers=1, request=2.5, silence=3, idle=4))

    assert made["request_headers_timeout"] == "1s"
    assert made["request_timeout"] == "2.5s"
    assert made["stream_idle_timeout"] == "3s"
    assert made["common_http_protocol_options"]["idle_timeout"] == "4s"


def test_they_are_fields_of_envoys_connection_manager() -> None:
    read = json_format.ParseDict(guards(Patience()), Manager())

    assert read.path_with_escaped_slashes_action == Manager.REJECT_REQUEST
    assert read.http2_protocol_options.max_concurrent_streams.value == 1000
