from __future__ import annotations

import json
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from argosy.errors import CannotStart
from argosy.keys.key import Key
from argosy.keys.signing import FILE, SigningKey

KEY = Key("k-1", "ci", ("digits", "chat"), created_at=1000.5, expires_at=time.time() + 86400.5)


def verified(signing: SigningKey, token: str) -> dict[str, object]:
    """What the token says, read by a library that knows only the public key."""
    public = jwt.PyJWK(json.loads(signing.jwks)["keys"][0])
    assert jwt.get_unverified_header(token)["kid"] == public.key_id
    return jwt.decode(token, public, algorithms=["EdDSA"])


def test_whoever_has_the_public_key_can_check_a_token(tmp_path: Path) -> None:
    signing = SigningKey(tmp_path)

    assert verified(signing, signing.token(KEY, "desk")) == {
        "iss": "argosy:desk",
        "sub": "ci",
        "jti": "k-1",
        "iat": 1000,
        "scope": "digits chat",
        "exp": int(KEY.expires_at or 0),
    }
    everything = verified(signing, signing.token(Key("k-2", "all"), "desk"))
    assert everything["scope"] == "*"
    assert "exp" not in everything


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = SigningKey(tmp_path)

    assert [file.name for file in tmp_path.iterdir()] == [FILE]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert SigningKey(tmp_path).jwks == first.jwks
    private = (tmp_path / FILE).read_text()
    assert set(json.loads(first.jwks)["keys"][0]) == {"kty", "crv", "x", "kid", "alg", "use"}
    assert "PRIVATE" in private


def test_those_who_need_it_first_at_the_same_time_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: SigningKey(tmp_path).jwks, range(32)))
    assert len(made) == 1


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    SigningKey(tmp_path)
    (tmp_path / FILE).chmod(0o640)
    with pytest.raises(CannotStart, match=r"others may read [^`]*`chmod 600"):
        SigningKey(tmp_path)


def test_what_is_no_signing_key_is_said_with_its_place(tmp_path: Path) -> None:
    other = rsa.generate_private_key(65537, 2048)
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for content, says in ((b"", "no signing key"), (b"x", "no signing key"), (pem, "no Ed25519")):
        (tmp_path / FILE).write_bytes(content)
        (tmp_path / FILE).chmod(0o600)
        with pytest.raises(CannotStart, match=says) as caught:
            SigningKey(tmp_path)
        assert caught.value.where == str(tmp_path / FILE)
        assert "remove it" in str(caught.value)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="No such file"):
        SigningKey(tmp_path / "gone")
    assert not [*tmp_path.iterdir()]
