from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from argosy.errors import UsageError
from argosy.keys.key import Key, WantedKey
from argosy.stack.model import Rate
from argosy.supervisor.keyring import Keyring
from argosy.supervisor.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "state.sqlite")) as made:
        yield made


@pytest.fixture
def keyring(store: Store, tmp_path: Path) -> Keyring:
    return Keyring(store, tmp_path)


def test_a_key_is_remembered_and_its_token_is_not(
    keyring: Keyring, store: Store, tmp_path: Path
) -> None:
    before = time.time()
    wanted = WantedKey("ci", ("digits",), Rate(20, 1, 40), lifetime=3600)
    issued = keyring.create(wanted, "desk")

    assert keyring.known() == (issued.key,)
    key = issued.key
    assert (key.name, key.models, key.rate) == ("ci", ("digits",), Rate(20, 1, 40))
    assert before + 3600 <= (key.expires_at or 0) <= time.time() + 3600
    store.close()
    signature = issued.token.rpartition(".")[2].encode()
    assert all(signature not in file.read_bytes() for file in tmp_path.iterdir())
    assert issued.token not in repr(issued)


def test_keys_are_there_after_a_restart(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "state.sqlite")) as store:
        ring = Keyring(store, tmp_path)
        first = ring.create(WantedKey("first"), "desk").key
        second = ring.create(WantedKey("second", ("a",), Rate(1)), "desk").key
        revoked = ring.revoke("first")
    with closing(Store(tmp_path / "state.sqlite")) as store:
        again = Keyring(store, tmp_path)
        assert again.known() == (revoked, second)
        assert again.trust.jwks == ring.trust.jwks
    assert replace(revoked, revoked_at=None) == first
    assert json.loads(ring.trust.jwks)["keys"]


def test_what_is_revoked_stays_so_where_a_stack_begins_anew(keyring: Keyring, store: Store) -> None:
    """Its signing key is still there, and so the token would still be good."""
    keyring.create(WantedKey("ci"), "desk")
    keyring.revoke("ci")
    store.clear()
    assert keyring.known()[0].state(time.time()) == "revoked"


def test_a_name_is_taken_as_long_as_its_key_opens_anything(keyring: Keyring) -> None:
    first = keyring.create(WantedKey("ci"), "desk").key
    with pytest.raises(UsageError, match=r"there already.*argosy keys revoke ci"):
        keyring.create(WantedKey("ci"), "desk")
    keyring.revoke("ci")
    second = keyring.create(WantedKey("ci", lifetime=0), "desk").key
    third = keyring.create(WantedKey("ci"), "desk").key
    states = {key.id: key.state(time.time()) for key in keyring.known()}
    assert states == {first.id: "revoked", second.id: "expired", third.id: "active"}


def test_a_key_is_revoked_by_its_name_or_its_id_and_only_once(keyring: Keyring) -> None:
    ci, build = (keyring.create(WantedKey(name), "desk").key for name in ("ci", "build"))
    by_name, by_id = keyring.revoke("ci"), keyring.revoke(build.id)
    assert (by_name.id, by_id.id) == (ci.id, build.id)
    assert keyring.revoke(ci.id) == by_name
    for gone in ("ci", "build", "nobody", ""):
        with pytest.raises(UsageError, match="no such key, or it opens nothing"):
            keyring.revoke(gone)


@pytest.mark.parametrize("name", ["", "a b", "-a", "ä", "a" * 65, "a\n", "k-0123456789ab", "../x"])
def test_a_name_that_could_be_mistaken_is_refused(keyring: Keyring, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a key"):
        keyring.create(WantedKey(name), "desk")
    assert not keyring.known()


def test_the_gateway_need_not_know_keys_that_ended_long_ago(keyring: Keyring, store: Store) -> None:
    now = time.time()
    kept = [Key("k-1", "a"), Key("k-2", "b", expires_at=now - 60, revoked_at=now - 90)]
    for key in (*kept, Key("k-3", "c", expires_at=now - 90_000)):
        store.put_key(key)
    assert keyring.concerning() == tuple(kept)
    assert len(keyring.known()) == 3
