from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from argosy.errors import CannotStart
from argosy.gateway.gateway import Gateway
from argosy.gateway.ports import Holder, check_free, find_holder, refusal
from tests.gateway.conftest import routing


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_the_holder_of_a_port_is_found(taken: int) -> None:
    command = Path("/proc/self/comm").read_text().strip()
    assert find_holder("127.0.0.1", taken) == Holder(command, os.getpid())


def test_a_holder_is_in_the_way_of_all_addresses(taken: int) -> None:
    assert find_holder("0.0.0.0", taken)


def test_a_holder_of_another_address_is_not_in_the_way(taken: int) -> None:
    assert find_holder("127.0.0.2", taken) is None


def test_a_holder_of_all_ipv6_addresses_is_found() -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6) as server:
        port = server.getsockname()[1]
        assert find_holder("::1", port)
        assert find_holder("127.0.0.1", port)


def test_a_free_port_has_no_holder(listen: str) -> None:
    assert find_holder("127.0.0.1", int(listen.rpartition(":")[2])) is None
    check_free(listen)


def test_a_port_just_left_is_free(listen: str) -> None:
    """Its connections linger in TIME_WAIT, which keeps nobody from listening."""
    host, _, port = listen.partition(":")
    with socket.create_server((host, int(port))) as server:
        with socket.create_connection((host, int(port))) as caller:
            server.accept()[0].close()
            caller.recv(1)
    check_free(listen)


def test_a_taken_port_is_said_in_one_line(taken: int) -> None:
    command = Path("/proc/self/comm").read_text().strip()
    with pytest.raises(CannotStart) as error:
        check_free(f"127.0.0.1:{taken}")
    assert str(error.value) == (
        f"127.0.0.1:{taken} is taken by {command} (pid {os.getpid()}). "
        "Choose another in gateway.listen."
    )


async def test_the_gateway_of_another_stack_is_named_and_our_own_is_not_in_the_way(
    gateway: Gateway, listen: str, run_folder: Path
) -> None:
    await gateway.serve(routing(listen))

    holder = find_holder("127.0.0.1", int(listen.rpartition(":")[2]))

    assert holder == Holder("envoy", gateway.observe().pid, run_folder)
    with pytest.raises(CannotStart, match=f"taken by the stack of {run_folder} "):
        check_free(listen)
    check_free(listen, ours=run_folder)


@pytest.mark.parametrize(
    ("listen", "sentence"),
    [
        ("192.0.2.254:8080", "192.0.2.254:8080 is not an address of this machine"),
        ("example.org:8080", "example.org:8080 is no IP address with a port"),
        ("127.0.0.1:http", "127.0.0.1:http is no IP address with a port"),
        (":8080", ":8080 is no IP address with a port"),
        ("127.0.0.1:99999", "127.0.0.1:99999 is no IP address with a port"),
    ],
)
def test_an_address_that_cannot_be_listened_on_is_said(listen: str, sentence: str) -> None:
    with pytest.raises(CannotStart, match=sentence):
        check_free(listen)


def test_a_privileged_port_is_said() -> None:
    error = OSError(errno.EACCES, "Permission denied")
    assert (
        refusal("127.0.0.1:80", error) == "127.0.0.1:80 needs root: ports this low are privileged"
    )


def test_a_holder_that_cannot_be_seen_is_said() -> None:
    error = OSError(errno.EADDRINUSE, "Address already in use")
    assert "a process that cannot be seen from here" in refusal("127.0.0.1:80", error)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to become somebody else")
def test_a_holder_of_another_user_is_named_by_the_user(taken: int) -> None:
    question = (
        "import os; os.setgid(65534); os.setuid(65534)\n"
        "from argosy.gateway.ports import find_holder\n"
        f"print(find_holder('127.0.0.1', {taken}))"
    )
    command = [sys.executable, "-c", f"import argosy.gateway.ports\n{question}"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "a process of the user with id 0"
