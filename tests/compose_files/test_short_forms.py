from __future__ import annotations

from pathlib import Path

import pytest

from argosy.compose_files import short_forms, variables
from argosy.compose_files.parsing import parse
from argosy.compose_files.short_forms import WrittenMount, WrittenPort
from argosy.compose_files.tree import Value


def item(text: str) -> Value:
    """The value of an item of a list."""
    return parse(f"a: [{text}]\n", Path("compose.yaml")).root.mapping["a"].items[0]


def fill(text: str) -> str:
    return variables.fill(text, {"PORT": "8000", "DATA": "/data"})


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("8000", WrittenPort(0, 8000)),
        ("'8000:80'", WrittenPort(8000, 80)),
        ("'127.0.0.1:8000:80/udp'", WrittenPort(8000, 80, "127.0.0.1", "udp")),
        ("'[::1]:8000:80'", WrittenPort(8000, 80, "[::1]")),
        ("'8000-8010:80-90'", WrittenPort(8000, 80)),
        ("'${PORT}:80'", WrittenPort(8000, 80)),
        ("'${GONE}:80'", WrittenPort(0, 80)),
        ("{target: 80}", WrittenPort(0, 80)),
        ("{target: 80, published: '8000-8010', host_ip: '::1'}", WrittenPort(8000, 80, "::1")),
        ("{target: '${GONE}', published: '${PORT}'}", WrittenPort(8000, 0)),
        ("{target: 80, published: 1, protocol: udp}", WrittenPort(1, 80, "", "udp")),
        ("a", None),
        ("{published: 80}", None),
    ],
)
def test_a_port_is_read_in_both_forms(text: str, port: WrittenPort | None) -> None:
    assert short_forms.port(item(text), fill) == port


@pytest.mark.parametrize(
    ("text", "mount"),
    [
        ("weights:/models", WrittenMount("weights", "/models", "volume")),
        ("'${DATA}:/models:ro'", WrittenMount("/data", "/models", "bind")),
        ("./a:/b", WrittenMount("./a", "/b", "bind")),
        ("~/.cache:/b", WrittenMount("~/.cache", "/b", "bind")),
        ("'${GONE}:/b'", WrittenMount("${GONE}", "/b", "bind")),
        ("/models", WrittenMount("", "/models", "volume")),
        ("{type: tmpfs, target: /t}", WrittenMount("", "/t", "tmpfs")),
        ("{source: a, target: /t}", WrittenMount("a", "/t", "volume")),
    ],
)
def test_a_mount_is_read_in_both_forms(text: str, mount: WrittenMount) -> None:
    assert short_forms.mount(item(text), fill) == mount
