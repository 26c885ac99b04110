"""What a service is made of, each thing at its place. No I/O here."""

from __future__ import annotations

import re
from typing import Literal

from argosy.compose_files.tree import Value
from argosy.lint.finding import At
from argosy.lint.project.command import CommandLine
from argosy.records import record


@record()
class Variable:
    """An environment variable. ``value`` is None where it is passed on from outside.

    ``literal`` says that all of its value stands in the file, no part of it in a variable.
    """

    name: str
    value: str | None
    at: At
    literal: bool = True


@record()
class GpuRequest:
    """One way in which GPUs are asked for.

    ``count`` is a number, ``all`` or None where ``ids`` name them or it cannot be read.
    """

    form: Literal["deploy", "gpus", "cdi", "runtime"]
    count: int | Literal["all"] | None
    ids: tuple[str, ...]
    at: At


@record()
class Mount:
    """Something that is mounted. ``kind`` is ``bind``, ``volume`` or ``tmpfs``."""

    source: str
    target: str
    kind: str
    at: At


@record()
class Port:
    """A port. ``published`` is 0 where the host chooses; ``host`` is empty for every address."""

    published: int
    target: int
    host: str
    at: At


@record()
class Healthcheck:
    """``test`` are its words without CMD or CMD-SHELL. Times in seconds, None where unset.

    It is of the service, with its ``value`` there, or of the image that it is built from.
    """

    test: CommandLine
    disabled: bool
    at: At
    start_period: float | None = None
    start_interval: float | None = None
    interval: float | None = None
    timeout: float | None = None
    value: Value | None = None

    @property
    def urls(self) -> tuple[str, ...]:
        """Every address that stands in it."""
        return tuple(re.findall(r"https?://[^\s\"'\\)]+", self.test.text))

    @property
    def programs(self) -> tuple[str, ...]:
        """The programs that it runs: the first word, and those after an operator."""
        words = [one.text for one in self.test.arguments]
        starts = [0, *(i + 1 for i, one in enumerate(words) if one in ("&&", "||", ";", "|"))]
        return tuple(words[i].rpartition("/")[2] for i in starts if i < len(words))
