"""Outside issuers of tokens: where Envoy fetches their public keys. No I/O here."""

from __future__ import annotations

from urllib.parse import urlsplit

from argosy.gateway.resources.entries import TYPE, Resource
from argosy.gateway.routing import Routing
from argosy.keys.trust import Trust
from argosy.stack.model import Issuer

CONNECT = "5s"
FETCH = "5s"
KEPT = "300s"  # then fetched anew; if that fails, what is there stays
RETRIES = 3


def provider(issuer: Issuer) -> Resource:
    """How tokens of this issuer are verified, for Envoy's `jwt_authn`.

    Its keys are fetched before anybody needs them, and not while a request waits.
    """
    back_off = {"base_interval": "0.5s", "max_interval": "5s"}
    return {
        "issuer": issuer.issuer,
        "audiences": [issuer.audience],
        "remote_jwks": {
            "http_uri": {"uri": issuer.jwks, "cluster": cluster_name(issuer), "timeout": FETCH},
            "cache_duration": KEPT,
            "async_fetch": {"fast_listener": True, "failed_refetch_duration": "1s"},
            "retry_policy": {"num_retries": RETRIES, "retry_back_off": back_off},
        },
    }


def cluster_name(issuer: Issuer) -> str:
    """Where its keys are; no model's name has a colon, so none can clash."""
    address = urlsplit(issuer.jwks)
    return f"issuer:{address.scheme}://{address.netloc}"


def clusters(routing: Routing) -> dict[str, Resource]:
    """By name: of the hosts that publish issuers' keys."""
    issuers = routing.gateway.issuers
    return {cluster_name(issuer): _cluster(issuer, routing.trust) for issuer in issuers}


def _cluster(issuer: Issuer, trust: Trust) -> Resource:
    address = urlsplit(issuer.jwks)
    host, secure = address.hostname or "", address.scheme == "https"
    socket = {"address": host, "port_value": address.port or (443 if secure else 80)}
    endpoint = {"endpoint": {"address": {"socket_address": socket}}}
    name = cluster_name(issuer)
    return {
        "name": name,
        "type": "STRICT_DNS",
        "dns_lookup_family": "V4_PREFERRED",
        "wait_for_warm_on_init": False,  # the models must not wait for it
        "connect_timeout": CONNECT,
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
        **({"transport_socket": _tls(host, trust)} if secure else {}),
    }


def _tls(host: str, trust: Trust) -> Resource:
    """With the host's own certificate, or there is no connection."""
    is_address = ":" in host or host.replace(".", "").isdigit()
    matcher = {"san_type": "IP_ADDRESS" if is_address else "DNS", "matcher": {"exact": host}}
    validation = {
        "trusted_ca": {"filename": trust.authorities},
        "match_typed_subject_alt_names": [matcher],
    }
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": f"{TYPE}transport_sockets.tls.v3.UpstreamTlsContext",
            **({} if is_address else {"sni": host}),
            "common_tls_context": {"validation_context": validation},
        },
    }
