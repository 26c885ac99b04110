"""The name of an image taken apart: ``ghcr.io/owner/name:tag@digest``. No I/O here."""

from __future__ import annotations

import re

from argosy.records import kept, record

_TAG = re.compile(r":([^/:]*)$")
_REGISTRY = re.compile(r"[.:]|^localhost$")


@record(slots=False)
class ImageName:
    """As it is written, with its variables filled in."""

    text: str

    @kept
    def repository(self) -> str:
        """Without tag and digest."""
        return _TAG.sub("", self.text.partition("@")[0])

    @kept
    def path(self) -> str:
        """The repository without its registry."""
        first, slash, rest = self.repository.partition("/")
        return rest if slash and _REGISTRY.search(first) else self.repository

    @kept
    def tag(self) -> str:
        """Empty without one."""
        found = _TAG.search(self.text.partition("@")[0])
        return found[1] if found else ""

    @property
    def digest(self) -> str:
        """``sha256:…``; empty without one."""
        return self.text.partition("@")[2]
