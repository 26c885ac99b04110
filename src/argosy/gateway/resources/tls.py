"""HTTPS at the gateway: the certificate as Envoy is told it, and the way there from plain. No I/O.

The certificate travels by itself, as a secret: a new one changes no listener and no connection.
"""

from __future__ import annotations

from argosy.certificates import Certificate
from argosy.gateway.resources.entries import TYPE, Resource
from argosy.gateway.routing import REDIRECT_FROM, Routing, host_and_port

SECRET = "certificate"  # noqa: S105  the name of one
REDIRECT = "redirect"
HTTP_PORT, HTTPS_PORT = 80, 443


def secrets(certificate: Certificate | None) -> dict[str, Resource]:
    """By name: the one that the listener asks for."""
    if certificate is None:
        return {}
    chain, key = {"inline_string": certificate.chain}, {"inline_string": certificate.key}
    pair = {"certificate_chain": chain, "private_key": key}
    return {SECRET: {"name": SECRET, "tls_certificate": pair}}


def transport_socket() -> Resource:
    """Of the listener: TLS 1.2 or 1.3, with HTTP/2 for those who speak it."""
    kind = f"{TYPE}transport_sockets.tls.v3.DownstreamTlsContext"
    told = {"name": SECRET, "sds_config": {"ads": {}, "resource_api_version": "V3"}}
    context = {
        "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
        "alpn_protocols": ["h2", "http/1.1"],
        "tls_certificate_sds_secret_configs": [told],
    }
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {"@type": kind, "common_tls_context": context},
    }


def redirect(routing: Routing) -> Resource:
    """The whole route table of the address for plain requests: the same path, by https."""
    listens = host_and_port(routing.listen)[1]
    plain = host_and_port(routing.addresses[REDIRECT_FROM])[1]
    to: Resource = {"https_redirect": True, "response_code": "PERMANENT_REDIRECT"}
    if (plain, listens) != (HTTP_PORT, HTTPS_PORT):
        to["port_redirect"] = listens
    host = {
        "name": REDIRECT,
        "domains": ["*"],
        "routes": [{"match": {"prefix": "/"}, "redirect": to}],
    }
    return {"name": REDIRECT, "virtual_hosts": [host]}
