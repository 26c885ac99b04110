"""A gateway that wants keys, and what callers may send it."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from argosy.gateway.gateway import Gateway
from argosy.gateway.routing import Route, Routing
from argosy.keys.key import Key
from argosy.keys.signing import FILE, SigningKey
from argosy.keys.trust import Trust
from argosy.stack.model import Gateway as Settings
from argosy.stack.model import Issuer


class Locked:
    """A gateway whose callers need a key, and the keys that were made for it."""

    def __init__(self, gateway: Gateway, listen: str, folder: Path) -> None:
        self._gateway = gateway
        self._signing = SigningKey(folder)
        self.folder = folder
        self.routing = Routing(
            "desk",
            Settings(listen, "required"),
            trust=Trust(self._signing.jwks, ""),
        )

    async def serve(self, *routes: Route, issuers: tuple[Issuer, ...] = ()) -> None:
        """Have the gateway serve these, to whoever has a key."""
        settings = replace(self.routing.gateway, issuers=issuers)
        await self.tell(replace(self.routing, routes=routes, gateway=settings))

    async def tell(self, routing: Routing) -> None:
        """Have the gateway take this routing."""
        running = self._gateway.observe().published
        self.routing = routing
        await (self._gateway.publish if running else self._gateway.serve)(routing)

    async def revoke(self, name: str) -> None:
        """From now on the key of this name opens nothing."""
        keys = tuple(
            replace(key, revoked_at=time.time()) if key.name == name else key
            for key in self.routing.keys
        )
        await self.tell(replace(self.routing, keys=keys))

    def key(self, *models: str, name: str = "ci", **more: Any) -> str:
        """The token of a new key for these models, or for all."""
        number = len(self.routing.keys)
        key = Key(f"k-{number:012x}", name, models, created_at=time.time(), **more)
        self.routing = replace(self.routing, keys=(*self.routing.keys, key))
        return self._signing.token(key, self.routing.stack)

    def sign(self, said: dict[str, Any]) -> str:
        """A token that says this, signed by the stack."""
        private = load_pem_private_key((self.folder / FILE).read_bytes(), None)
        assert isinstance(private, Ed25519PrivateKey)
        return jwt.encode(said, private, algorithm="EdDSA", headers={"kid": self.public["kid"]})

    @property
    def public(self) -> dict[str, str]:
        """The public half of the signing key, as a JWK: everybody may know it."""
        key: dict[str, str] = json.loads(self._signing.jwks)["keys"][0]
        return key


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def claims(**changed: Any) -> dict[str, Any]:
    """What a key of this stack says, all models included."""
    return {"iss": "argosy:desk", "sub": "ci", "jti": "k-1", "scope": "*", **changed}


def forged(said: dict[str, Any], key_id: str | None = None) -> str:
    """A token that says this, signed with another key than the stack's."""
    headers = {"kid": key_id} if key_id else None
    return jwt.encode(said, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers=headers)
