"""The stack's own Ed25519 key, with which it signs the keys of its callers (RFC 8037)."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from argosy.errors import CannotStart
from argosy.keys.key import EVERY_MODEL, Key, issuer_of

FILE = "signing.key"
ALGORITHM = "EdDSA"
REPLACE = "Restore it, or remove it: a new one is made, and all keys must be made anew."


class SigningKey:
    """Read from its file, which is made at first. The private half never leaves this object."""

    def __init__(self, folder: Path) -> None:
        """Raises `CannotStart` when the file cannot be made, read, or is open to others."""
        file = folder / FILE
        try:
            if not file.exists():
                _make(file)
            self._private = _read(file)
        except OSError as error:
            raise CannotStart(
                f"the stack's signing key cannot be read or made: {error.strerror}",
                where=str(file),
                next_step="Make the folder and the file yours.",
            ) from error
        public: dict[str, Any] = jwt.algorithms.OKPAlgorithm.to_jwk(
            self._private.public_key(), as_dict=True
        )
        thumbprint = json.dumps(
            {name: public[name] for name in ("crv", "kty", "x")}, separators=(",", ":")
        )
        self._id = sha256(thumbprint.encode()).hexdigest()[:16]
        described = {**public, "kid": self._id, "alg": ALGORITHM, "use": "sig"}
        self.jwks = json.dumps({"keys": [described]})

    def token(self, key: Key, stack: str) -> str:
        """What the caller gets. Its claims are not secret: whoever has it can read them.

        ``scope`` names its models, with spaces between them (RFC 8693).
        """
        claims: dict[str, Any] = {
            "iss": issuer_of(stack),
            "sub": key.name,
            "jti": key.id,
            "iat": int(key.created_at),
            "scope": " ".join(key.models) or EVERY_MODEL,
        }
        if key.expires_at is not None:
            claims["exp"] = int(key.expires_at)
        return jwt.encode(claims, self._private, algorithm=ALGORITHM, headers={"kid": self._id})


def _make(file: Path) -> None:
    """Whoever comes first makes it: it is there whole, or not at all."""
    made = Ed25519PrivateKey.generate()
    descriptor, name = tempfile.mkstemp(prefix=FILE, dir=file.parent)  # for its owner alone
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as output:
            output.write(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            output.flush()
            os.fsync(output.fileno())
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)


def _read(file: Path) -> Ed25519PrivateKey:
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise CannotStart(
            "others may read the stack's signing key",
            where=str(file),
            next_step=f"Run `chmod 600 {file}`; if somebody has read it, remove it instead.",
        )
    try:
        private = load_pem_private_key(file.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CannotStart("this is no signing key", where=str(file), next_step=REPLACE) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise CannotStart("this is no Ed25519 key", where=str(file), next_step=REPLACE)
    return private
