from __future__ import annotations

from envoy.config.route.v3 import route_components_pb2
from google.protobuf import json_format
from xds.type.v3 import typed_struct_pb2

from argosy.gateway.resources.body_size import FILTER_CHAIN, filters, most
from argosy.gateway.resources.entries import forward
from argosy.gateway.routing import Route


def test_an_entry_brings_the_limit_of_its_model() -> None:
    entry = forward(
        {"prefix": "/"},
        {"cluster": "digits.r1"},
        Route("digits", max_body=1000),
        rewrite="/predict",
    )

    kind = "type.googleapis.com/envoy.extensions.filters.http.body_size_limit.v3.BodySizeLimit"
    told = entry["typed_per_filter_config"][FILTER_CHAIN]
    (limit,) = told["value"]["filter_chain"]["filters"]
    assert limit["typed_config"] == {"@type": kind, "max_request_bytes": 1000}


def test_without_a_limit_an_entry_brings_none() -> None:
    entry = forward({"prefix": "/"}, {"cluster": "digits.r1"}, Route("digits"))

    assert "typed_per_filter_config" not in entry
    assert [one["name"] for one in filters()] == [FILTER_CHAIN]


def test_it_is_an_entry_of_envoy() -> None:
    assert typed_struct_pb2.TypedStruct.DESCRIPTOR  # found by name in the message
    entry = {"match": {"prefix": "/"}, "typed_per_filter_config": most(1000)}
    json_format.ParseDict(entry, route_components_pb2.Route())
