"""One ADS stream, without its I/O: what Envoy asked for, was sent, and has accepted.

The protocol is state of the world over one stream (Envoy's "xDS REST and gRPC protocol"). An
answer holds all resources of a type. Envoy accepts it by a request that repeats its nonce, and
refuses it by the same with ``error_detail``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

# The types inside a resource are found by name, so their modules must be imported.
from envoy.config.cluster.v3 import cluster_pb2  # noqa: F401
from envoy.config.endpoint.v3 import endpoint_pb2  # noqa: F401
from envoy.config.listener.v3 import listener_pb2  # noqa: F401
from envoy.config.route.v3 import route_pb2  # noqa: F401
from envoy.config.trace.v3 import opentelemetry_pb2  # noqa: F401
from envoy.extensions.access_loggers.file.v3 import file_pb2  # noqa: F401
from envoy.extensions.access_loggers.filters.cel.v3 import cel_pb2  # noqa: F401
from envoy.extensions.access_loggers.stream.v3 import stream_pb2  # noqa: F401
from envoy.extensions.common.matching.v3 import extension_matcher_pb2  # noqa: F401
from envoy.extensions.filters.common.matcher.action.v3 import skip_action_pb2  # noqa: F401
from envoy.extensions.filters.http.buffer.v3 import buffer_pb2  # noqa: F401
from envoy.extensions.filters.http.cors.v3 import cors_pb2  # noqa: F401
from envoy.extensions.filters.http.ext_proc.v3 import ext_proc_pb2  # noqa: F401
from envoy.extensions.filters.http.header_mutation.v3 import header_mutation_pb2  # noqa: F401
from envoy.extensions.filters.http.json_to_metadata.v3 import json_to_metadata_pb2  # noqa: F401
from envoy.extensions.filters.http.jwt_authn.v3 import config_pb2  # noqa: F401
from envoy.extensions.filters.http.ratelimit.v3 import rate_limit_pb2  # noqa: F401
from envoy.extensions.filters.http.rbac.v3 import rbac_pb2  # noqa: F401
from envoy.extensions.filters.http.router.v3 import router_pb2  # noqa: F401
from envoy.extensions.filters.http.set_filter_state.v3 import set_filter_state_pb2  # noqa: F401
from envoy.extensions.filters.http.upstream_codec.v3 import upstream_codec_pb2  # noqa: F401
from envoy.extensions.filters.network.http_connection_manager.v3 import (
    http_connection_manager_pb2,  # noqa: F401
)
from envoy.extensions.http.early_header_mutation.header_mutation.v3 import (
    header_mutation_pb2 as early_pb2,  # noqa: F401
)
from envoy.extensions.request_id.uuid.v3 import uuid_pb2  # noqa: F401
from envoy.extensions.retry.host.previous_hosts.v3 import previous_hosts_pb2  # noqa: F401
from envoy.extensions.tracers.opentelemetry.samplers.v3 import (
    parent_based_sampler_pb2,  # noqa: F401
    trace_id_ratio_based_sampler_pb2,  # noqa: F401
)
from envoy.extensions.transport_sockets.tls.v3 import secret_pb2, tls_pb2  # noqa: F401
from envoy.extensions.upstreams.http.v3 import http_protocol_options_pb2  # noqa: F401
from envoy.service.discovery.v3.discovery_pb2 import DiscoveryResponse
from envoy.type.matcher.v3 import http_inputs_pb2  # noqa: F401
from google.protobuf import any_pb2, json_format
from xds.type.v3 import typed_struct_pb2  # noqa: F401

from argosy.gateway.resources.entries import Resource
from argosy.gateway.resources.snapshot import Snapshot

CLUSTERS = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
ENDPOINTS = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
LISTENERS = "type.googleapis.com/envoy.config.listener.v3.Listener"
ROUTES = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"

SECRETS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"

ORDER = (CLUSTERS, ENDPOINTS, LISTENERS, SECRETS, ROUTES)
ASKED_BY_OTHERS = frozenset({ENDPOINTS, SECRETS})  # by clusters, by listeners: or not at all
AFTER_CLUSTERS = frozenset({LISTENERS, ROUTES})  # a route must not come before its cluster


@dataclass(frozen=True)
class Part:
    """All resources of one type, in wire form. ``version`` is a digest of what they say."""

    version: str
    resources: tuple[Any, ...]


Offer = dict[str, Part]


def offer(snapshot: Snapshot) -> Offer:
    """What Envoy shall have, by type."""
    parts = {
        CLUSTERS: snapshot.clusters,
        ENDPOINTS: snapshot.endpoints,
        LISTENERS: snapshot.listeners,
        SECRETS: snapshot.secrets,
        ROUTES: snapshot.routes,
    }
    return {kind: _part(kind, parts[kind]) for kind in ORDER}


@dataclass
class Sent:
    """The last answer of one type, and what became of it."""

    version: str
    nonce: str
    names: frozenset[str]
    accepted: bool = False
    refusal: str | None = None


@dataclass
class Conversation:
    """What one stream has come to. ``log`` takes a line for each refusal.

    ``zone`` is the ``--service-zone`` of who asks, which tells one Envoy from the next.
    """

    log: Callable[[str], None]
    zone: str = ""
    _asked: dict[str, frozenset[str]] = field(default_factory=dict)
    _sent: dict[str, Sent] = field(default_factory=dict)
    _answers: int = 0

    def heard(self, request: Any) -> None:
        """Take in a ``DiscoveryRequest``."""
        self.zone = request.node.locality.zone or self.zone  # only a first request tells
        kind = request.type_url
        self._asked[kind] = frozenset(request.resource_names)
        sent = self._sent.get(kind)
        if sent is None:
            return
        sent.names &= self._asked[kind]  # what is asked for again must be sent again
        if request.response_nonce != sent.nonce:
            return
        if request.HasField("error_detail"):
            sent.refusal = " ".join(request.error_detail.message.split())
            self.log(sent.refusal)
        else:
            sent.accepted = True

    def due(self, offered: Offer) -> Iterator[Any]:
        """The answers to send now, in order.

        Routes and listeners wait until Envoy has accepted clusters and endpoints. Endpoints follow
        whenever clusters were sent: a changed cluster keeps warming until it hears them again.
        """
        endpoints_again = False
        for kind in ORDER:
            if kind not in self._asked:
                continue
            if kind in AFTER_CLUSTERS and not self._settled(offered, CLUSTERS, ENDPOINTS):
                return
            if self._lacks(kind, offered[kind]) or (kind == ENDPOINTS and endpoints_again):
                endpoints_again = kind == CLUSTERS
                yield self._answer(kind, offered[kind])

    def settled(self, offered: Offer) -> bool:
        """Whether Envoy has accepted everything that is offered."""
        return self._settled(offered, *ORDER)

    def refusal(self, offered: Offer) -> str | None:
        """Why Envoy does not take what is offered, in its own words."""
        for kind in ORDER:
            sent = self._sent.get(kind)
            if sent and sent.refusal is not None and sent.version == offered[kind].version:
                return sent.refusal
        return None

    def _settled(self, offered: Offer, *kinds: str) -> bool:
        for kind in kinds:
            sent = self._sent.get(kind)
            if kind in ASKED_BY_OTHERS and not offered[kind].resources:
                continue
            if sent is None or not sent.accepted or sent.version != offered[kind].version:
                return False
        return True

    def _lacks(self, kind: str, part: Part) -> bool:
        sent = self._sent.get(kind)
        return sent is None or sent.version != part.version or not self._asked[kind] <= sent.names

    def _answer(self, kind: str, part: Part) -> Any:
        self._answers += 1
        nonce = str(self._answers)
        self._sent[kind] = Sent(part.version, nonce, self._asked[kind])
        return DiscoveryResponse(
            type_url=kind, version_info=part.version, nonce=nonce, resources=part.resources
        )


def _part(kind: str, resources: dict[str, Resource]) -> Part:
    text = json.dumps(list(resources.values()), sort_keys=True)
    wire = tuple(_wire(kind, resource) for resource in resources.values())
    return Part(hashlib.sha256(text.encode()).hexdigest()[:16], wire)


def _wire(kind: str, resource: Resource) -> Any:
    return json_format.ParseDict({"@type": kind, **resource}, any_pb2.Any())
