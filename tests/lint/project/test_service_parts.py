from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.project.reading import read
from argosy.lint.project.service import Service
from argosy.lint.project.service_parts import Healthcheck, Mount, Port
from tests.lint.files import write
from tests.lint.one_service import vllm


def service(folder: Path, lines: str) -> Service:
    write(folder, {"compose.yaml": vllm(lines)})
    (found,) = read([folder]).services
    return found


def healthcheck(folder: Path, test: str) -> Healthcheck:
    found = service(folder, f"healthcheck:\n  test: {test}").healthcheck
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("test", "urls"),
    [
        ("curl -f http://localhost:8000/health", ["http://localhost:8000/health"]),
        ("[CMD, curl, 'https://a/b?c=d']", ["https://a/b?c=d"]),
        (
            """python3 -c 'get("http://a:80/x"); get("http://b/")'""",
            ["http://a:80/x", "http://b/"],
        ),
        ("test $(curl -s http://a/health) = ok", ["http://a/health"]),
        ("[CMD, pg_isready]", []),
        ("[NONE]", []),
    ],
)
def test_addresses_are_found_wherever_they_stand_in_a_check(
    tmp_path: Path, test: str, urls: list[str]
) -> None:
    assert list(healthcheck(tmp_path, test).urls) == urls


@pytest.mark.parametrize(
    ("test", "programs"),
    [
        ("curl -f http://a/", ["curl"]),
        ("[CMD, /usr/bin/wget, -q, 'http://a/']", ["wget"]),
        ("curl http://a/ || exit 1", ["curl", "exit"]),
        ("pidof vllm && curl http://a/ | grep ok", ["pidof", "curl", "grep"]),
        ("true ; /bin/false", ["true", "false"]),
        ("curl http://a/ ||", ["curl"]),
        ("[CMD]", []),
    ],
)
def test_the_programs_of_a_check_are_its_first_word_and_those_after_an_operator(
    tmp_path: Path, test: str, programs: list[str]
) -> None:
    assert list(healthcheck(tmp_path, test).programs) == programs


def test_times_that_nobody_sets_are_none(tmp_path: Path) -> None:
    found = service(tmp_path, "healthcheck: {test: curl http://a/, interval: 10s}").healthcheck
    assert found is not None
    assert (found.interval, found.timeout, found.start_period, found.start_interval) == (
        10.0,
        None,
        None,
        None,
    )


def test_a_variable_is_literal_where_no_part_of_it_comes_from_outside(tmp_path: Path) -> None:
    lines = "environment:\n  A: plain\n  B: ${B:-set}\n  C:\n"
    found = service(tmp_path, lines).environment
    assert {name: (one.value, one.literal) for name, one in found.items()} == {
        "A": ("plain", True),
        "B": ("set", False),
        "C": (None, True),
    }


def test_parts_have_their_places(tmp_path: Path) -> None:
    lines = "ports:\n  - 127.0.0.1:80:8000\nvolumes:\n  - cache:/root/.cache\n"
    found = service(tmp_path, lines)
    text = vllm(lines)
    (port,), (mount,) = found.ports, found.mounts
    assert text[port.at.start : port.at.end] == "127.0.0.1:80:8000"
    assert text[mount.at.start : mount.at.end] == "cache:/root/.cache"
    assert port == Port(80, 8000, "127.0.0.1", port.at)
    assert mount == Mount("cache", "/root/.cache", "volume", mount.at)
