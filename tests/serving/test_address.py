from __future__ import annotations

import socket
from pathlib import Path

import pytest

from argosy.errors import ArgosyError, CannotStart
from argosy.serving import address


def test_port_0_is_any_that_is_free() -> None:
    host, _, port = address.check_free("127.0.0.1:0").rpartition(":")
    assert host == "127.0.0.1"
    assert int(port) > 0
    assert address.check_free("0") != "127.0.0.1:0"


def test_a_port_that_is_taken_names_who_has_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(CannotStart) as caught:
            address.check_free(listen)
    assert f"{listen} is taken by " in str(caught.value)
    assert "--listen" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_socket_that_nobody_listens_on_is_free(own_folders: Path) -> None:
    path = own_folders / "s"
    assert address.check_free(f"unix:{path}") == f"unix:{path}"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    assert address.check_free(f"unix:{path}") == f"unix:{path}"
    with socket.socket(socket.AF_UNIX) as taken:
        path.unlink()
        taken.bind(str(path))
        taken.listen()
        with pytest.raises(CannotStart, match="somebody listens here already"):
            address.check_free(f"unix:{path}")


def test_a_file_is_never_replaced_by_a_socket(tmp_path: Path) -> None:
    file = tmp_path / "notes"
    file.write_text("dear")
    with pytest.raises(CannotStart, match="no socket"):
        address.check_free(f"unix:{file}")
    assert file.read_text() == "dear"


@pytest.mark.parametrize(
    "listen", ["here", "127.0.0.1:http", "example.org:80", "unix:/nowhere/s", f"unix:/{'x' * 107}"]
)
def test_what_is_no_address_is_said(listen: str) -> None:
    with pytest.raises(ArgosyError):
        address.check_free(listen)


def test_a_client_of_this_machine_calls_a_number() -> None:
    assert address.url("127.0.0.1:80") == "http://127.0.0.1:80"
    assert address.url("0.0.0.0:80") == "http://127.0.0.1:80"
    assert address.url("[::]:80") == "http://[::1]:80"
    assert address.url("unix:/run/s") == "http://localhost"
