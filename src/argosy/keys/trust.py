"""What callers' tokens are checked against."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path

BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, Red Hat
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # macOS
)


@dataclass(frozen=True)
class Trust:
    """``jwks`` is the stack's own public key (RFC 7517).

    ``authorities`` is a file of certificates by which addresses of outside issuers are known.
    """

    jwks: str = ""
    authorities: str = ""


NO_TRUST = Trust()


def system_authorities() -> str:
    """The system's file of certificates, or that of SSL_CERT_FILE; empty if there is none."""
    places = (os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile, *BUNDLES)
    return next((place for place in places if place and Path(place).is_file()), "")
