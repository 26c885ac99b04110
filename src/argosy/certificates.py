"""A certificate and its key, as files: read and checked before anybody is shown them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from argosy.errors import CertificateError


@dataclass(frozen=True)
class Certificate:
    """The texts of both files, in PEM form. ``expires`` is that of the certificate itself."""

    chain: str
    key: str = field(repr=False)
    expires: dt.datetime

    @property
    def expired(self) -> bool:
        """Whether callers will refuse it."""
        return self.expires < dt.datetime.now(dt.UTC)


def read(certificate: Path, key: Path) -> Certificate:
    """Raises `CertificateError` where a file is missing, is no PEM, or the key is another's."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_pem_private_key,
    )

    chain, secret = _text(certificate), _text(key)
    try:
        first = x509.load_pem_x509_certificates(chain.encode())[0]
    except ValueError as error:
        step = "It begins with -----BEGIN CERTIFICATE-----."
        raise CertificateError(certificate, "this is no certificate in PEM form", step) from error
    try:
        private = load_pem_private_key(secret.encode(), None)
    except TypeError as error:
        step = "Take the password off: `openssl pkey -in <key> -out <new key>`."
        raise CertificateError(key, "this key has a password", step) from error
    except ValueError as error:
        step = "It begins with -----BEGIN PRIVATE KEY-----."
        raise CertificateError(key, "this is no private key in PEM form", step) from error
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*form) != first.public_key().public_bytes(*form):
        step = f"Name the key that {certificate.name} was made with."
        raise CertificateError(key, f"this is not the key of {certificate.name}", step)
    return Certificate(chain, secret, first.not_valid_after_utc)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except OSError as error:
        what = f"this file cannot be read: {error.strerror}"
        raise CertificateError(path, what, "Check its name and its permissions.") from error
    except UnicodeDecodeError as error:
        raise CertificateError(path, "this is not PEM, which is text", "Convert it.") from error
