"""Ports and mounts in Compose's short form, ``8000:80``, and in the long one. No I/O here.

https://github.com/compose-spec/compose-spec/blob/main/05-services.md#ports , and `#volumes` there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from argosy.compose_files.amounts import whole
from argosy.compose_files.tree import Value

_PORT = re.compile(
    r"(?:(?P<host>\[[0-9a-fA-F:]+\]|[0-9]+(?:\.[0-9]+){3}):)?(?:(?P<published>[0-9]{1,5})(?:-[0-9]+)?:)?"
    r"(?P<target>[0-9]{1,5})(?:-[0-9]+)?(?:/(?P<protocol>tcp|udp))?"
)
_UNKNOWN = re.compile(r"\$\{[^}]*\}")
_RANGE = re.compile(r"([0-9]{1,5})(-[0-9]+)?")
_PATH = re.compile(r"[./~$]")


class WrittenPort(NamedTuple):
    """``published`` is 0 where the host chooses, ``host`` empty for every address of it.

    Of a range it is the first number. A number that stands in an unknown variable is 0.
    """

    published: int
    target: int
    host: str = ""
    protocol: str = "tcp"


class WrittenMount(NamedTuple):
    """``kind`` is ``bind``, ``volume`` or ``tmpfs``; ``source`` is empty for a volume unnamed."""

    source: str
    target: str
    kind: str


def port(value: Value, fill: Callable[[str], str]) -> WrittenPort | None:
    """An item of ``ports``, with its variables filled in; None where it cannot be read."""
    if value.mapping:
        published, target, host, protocol = (
            fill(value.word(key)) for key in ("published", "target", "host_ip", "protocol")
        )
        inside = whole(_UNKNOWN.sub("0", target))
        first = _RANGE.fullmatch(published)
        number = int(first[1]) if first else 0
        return None if inside is None else WrittenPort(number, inside, host, protocol or "tcp")
    found = _PORT.fullmatch(_UNKNOWN.sub("0", fill(value.text)))
    if found is None:
        return None
    number = int(found["published"] or 0)
    host, protocol = found["host"] or "", found["protocol"] or "tcp"
    return WrittenPort(number, int(found["target"]), host, protocol)


def mount(value: Value, fill: Callable[[str], str]) -> WrittenMount:
    """An item of ``volumes``, with its variables filled in."""
    if value.mapping:
        source, target, kind = (fill(value.word(key)) for key in ("source", "target", "type"))
        return WrittenMount(source, target, kind or "volume")
    parts = fill(value.text).split(":")
    source, target = (parts[0], parts[1]) if len(parts) > 1 else ("", parts[0])
    return WrittenMount(source, target, "bind" if _PATH.match(source) else "volume")
