from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

from argosy.doctor.checks import ports
from argosy.doctor.checks.ports import published
from argosy.stack.model import Gateway
from tests.doctor.cases import case, daemon, stack
from tests.ports import free_address


async def test_a_port_that_is_taken_fails_with_who_has_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        one = replace(stack(file=tmp_path / "argosy.yaml"), gateway=Gateway(address))
        (result,) = await ports.check(case(one))
    assert result.verdict == "failure"
    assert f"{address} is taken by " in result.found
    assert result.mend == "Choose another in gateway.listen."


async def test_a_port_that_is_free_is_well(tmp_path: Path) -> None:
    address = free_address()
    one = replace(stack(file=tmp_path / "argosy.yaml"), gateway=Gateway(address))
    (result,) = await ports.check(case(one))
    assert (result.verdict, result.found) == ("ok", f"{address} free")


async def test_ports_of_companions_count_where_they_run(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        services = {"redis": {"image": "redis:7", "ports": [f"127.0.0.1:{port}:6379"]}}
        one = replace(
            stack(platform="compose", file=tmp_path / "argosy.yaml"),
            gateway=Gateway(free_address()),
            services=services,
        )
        failed, well = await ports.check(case(one, daemon()))
    assert (failed.verdict, well.verdict) == ("failure", "ok")
    assert failed.why == "services.redis.ports[0] names it."


def test_both_forms_of_compose_are_read() -> None:
    listed = [
        "8080:80",
        "127.0.0.1:8443:443/tcp",
        "[::1]:9000:9000",
        {"target": 80, "published": "8081", "host_ip": "127.0.0.1"},
        {"target": 53, "published": 53, "protocol": "udp"},
        "53:53/udp",
        "6379",
        6379,
        "3000-3005:3000-3005",
    ]
    assert list(published({"web": {"ports": listed}, "db": {"image": "x"}}).values()) == [
        "0.0.0.0:8080",
        "127.0.0.1:8443",
        "[::1]:9000",
        "127.0.0.1:8081",
    ]
