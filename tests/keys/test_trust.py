from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from argosy.keys.trust import system_authorities


def test_the_system_s_certificates_are_found_where_ssl_finds_them() -> None:
    found = system_authorities()
    assert ssl.create_default_context(cafile=found).get_ca_certs()


def test_a_file_of_one_s_own_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.pem"
    own.touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(own))
    assert system_authorities() == str(own)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone"))
    assert system_authorities() != str(tmp_path / "gone")
