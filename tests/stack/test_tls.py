"""The gateway's certificate, as the stack file names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from argosy.stack.model import Tls
from tests.certificates import make
from tests.stack.conftest import Mistakes, Parse

TEXT = "models: {a: {code: code}}\ngateway:\n  tls:\n    certificate: one.pem\n    key: one.key\n"


def test_a_certificate_makes_the_address_https(stack: Parse, folder: Path) -> None:
    files = make(folder, "one")
    read = stack(TEXT + "    redirect_from: 127.0.0.1:8000\n")
    assert read.gateway.tls == Tls(*files, redirect_from="127.0.0.1:8000")
    assert read.gateway.url == "https://127.0.0.1:8080"


def test_a_certificate_that_has_expired_is_read(stack: Parse, folder: Path) -> None:
    make(folder, "one", days=-1)
    assert stack(TEXT).gateway.tls


def test_missing_files_are_named_with_their_neighbour(mistakes: Mistakes, folder: Path) -> None:
    make(folder, "one")
    (folder / "one.key").rename(folder / "onee.key")
    assert mistakes(TEXT) == [
        "5:10: gateway.tls.key: `one.key`: no file is here. Did you mean onee.key?"
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "one.pem",
            b"nonsense",
            "4:18: gateway.tls.certificate: `one.pem`: this is no certificate",
        ),
        ("one.pem", b"\xff\xfe", "4:18: gateway.tls.certificate: `one.pem`: this is not PEM"),
        ("one.key", b"nonsense", "5:10: gateway.tls.key: `one.key`: this is no private key"),
    ],
)
def test_a_file_that_is_something_else_is_refused(
    mistakes: Mistakes, folder: Path, name: str, content: bytes, said: str
) -> None:
    make(folder, "one")
    (folder / name).write_bytes(content)
    (mistake,) = mistakes(TEXT)
    assert mistake.startswith(said)


def test_the_key_of_another_certificate_is_refused(mistakes: Mistakes, folder: Path) -> None:
    make(folder, "one")
    _, other = make(folder, "other")
    other.replace(folder / "one.key")
    (mistake,) = mistakes(TEXT)
    assert mistake == (
        "5:10: gateway.tls.key: `one.key`: this is not the key of one.pem. "
        "Name the key that one.pem was made with."
    )


def test_plain_requests_need_a_port_of_their_own(mistakes: Mistakes, folder: Path) -> None:
    make(folder, "one")
    (mistake,) = mistakes(TEXT + "    redirect_from: 127.0.0.2:8080\n")
    assert "port 8080 is that of gateway.listen" in mistake
