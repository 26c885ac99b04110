"""The keys of a stack's callers: made, listed, revoked, in the stack's store."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import replace
from pathlib import Path

from argosy.errors import UsageError
from argosy.keys.key import IssuedKey, Key, WantedKey
from argosy.keys.signing import SigningKey
from argosy.keys.trust import Trust, system_authorities
from argosy.supervisor.store import Store

NAME = r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}"
ID = r"k-[0-9a-f]{12}"
REMEMBERED_SECONDS = 86400.0  # after its end a key is of no concern to the gateway


class Keyring:
    """Whoever makes one owns the stack: its supervisor, or a command while there is none."""

    def __init__(self, store: Store, state: Path) -> None:
        """Raises `CannotStart` when the stack's signing key cannot be had."""
        self._store = store
        self._signing = SigningKey(state)
        self.trust = Trust(self._signing.jwks, system_authorities())

    def create(self, wanted: WantedKey, stack: str) -> IssuedKey:
        """A new key; nothing of its token is kept."""
        self._check(wanted)
        now = time.time()
        key = Key(
            id=f"k-{secrets.token_hex(6)}",
            name=wanted.name,
            models=wanted.models,
            rate=wanted.rate,
            created_at=now,
            expires_at=None if wanted.lifetime is None else now + wanted.lifetime,
        )
        self._store.put_key(key)
        return IssuedKey(key, self._signing.token(key, stack))

    def known(self) -> tuple[Key, ...]:
        """All that were ever made, oldest first."""
        return tuple(self._store.callers_keys())

    def revoke(self, name_or_id: str) -> Key:
        """The key, revoked. Its name is free again."""
        now = time.time()
        keys = self._store.callers_keys()
        found = [key for key in keys if key.id == name_or_id] or [
            key for key in keys if key.name == name_or_id and key.state(now) == "active"
        ]
        if not found:
            raise UsageError(
                "there is no such key, or it opens nothing any more",
                where=name_or_id,
                next_step="See `argosy keys list`.",
            )
        key = found[0]
        if key.revoked_at is None:
            key = replace(key, revoked_at=now)
            self._store.put_key(key)
        return key

    def concerning(self) -> tuple[Key, ...]:
        """The keys that the gateway must know: those that may still be sent."""
        before = time.time() - REMEMBERED_SECONDS
        return tuple(
            key
            for key in self._store.callers_keys()
            if key.expires_at is None or key.expires_at > before
        )

    def _check(self, wanted: WantedKey) -> None:
        if not re.fullmatch(NAME, wanted.name) or re.fullmatch(ID, wanted.name):
            raise UsageError(
                "this cannot be the name of a key",
                where=wanted.name,
                next_step="Use up to 64 letters, digits and . _ @ -, a letter or digit first.",
            )
        now = time.time()
        if any(one.name == wanted.name and one.state(now) == "active" for one in self.known()):
            raise UsageError(
                "a key of this name is there already",
                where=wanted.name,
                next_step=f"Choose another name, or run `argosy keys revoke {wanted.name}` first.",
            )
