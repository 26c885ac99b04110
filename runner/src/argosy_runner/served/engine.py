"""The words in which the module of a served engine speaks: data, nothing that acts.

A served engine is a server of its own. Its module has, instead of ``load``,

- ``command(place)``: the words that start its server;
- ``readiness(place)``: the questions that prove that it works;
- ``metrics_path(place)``: where its Prometheus text is, or None;
- ``METRICS``: its metric families by name, as ours;
- ``ENVIRONMENT``: variables that it gets unless the stack file sets them;
- ``OPTIONS``: the options it knows, or None for whatever its server takes;
- ``OURS``: options that are refused, because we give them, with the reason;
- ``UNIX_SOCKET``: whether its server can listen on one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Place:
    """What an engine's server is told. ``serve_at`` is ``unix:/path`` or ``host:port``."""

    model: str
    python: str
    serve_at: str
    weights: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    command: tuple[str, ...] = ()

    @property
    def socket(self) -> str | None:
        """The path of the unix socket, if it is one."""
        return self.serve_at[5:] if self.serve_at.startswith("unix:") else None

    @property
    def host(self) -> str:
        """The IP address to listen on."""
        return self.serve_at.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> str:
        """The TCP port to listen on."""
        return self.serve_at.rpartition(":")[2]


@dataclass(frozen=True)
class Question:
    """A request that is answered with 2xx when all is well: POST of ``body`` as JSON, or GET."""

    path: str
    body: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True)
class Readiness:
    """``alive`` is cheap, and asked all the time. One of ``works`` must be answered once before the
    replica is ready: a server that answers 200 has not computed anything yet.
    """

    alive: Question
    works: tuple[Question, ...] = ()


@dataclass(frozen=True)
class Mapped:
    """Our family for one of the engine's, with the labels that we add.

    ``codes`` are the values of our label ``code`` by those of the engine's label ``by``.
    """

    family: str
    labels: Mapping[str, str] = field(default_factory=dict)
    by: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)


def flags(options: Mapping[str, Any]) -> list[str]:
    """``{"max-model-len": 8192, "async": true}`` → ``--max-model-len 8192 --async``.

    false is ``--no-…``, a list several words, a mapping JSON.
    """
    words: list[str] = []
    for name, value in options.items():
        flag = name.replace("_", "-")
        if value is False:
            words.append(f"--no-{flag}")
            continue
        words.append(f"--{flag}")
        if isinstance(value, list):
            words += [text(item) for item in value]
        elif value is not True:
            words.append(text(value))
    return words


def text(value: Any) -> str:
    """A value as one word of a command line."""
    return value if isinstance(value, str) else json.dumps(value)
