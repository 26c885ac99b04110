"""How a report is to be shown, whatever its format: where paths begin, in colour or not. No I/O."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True)
class Presentation:
    """``folder`` is where the command runs, ``repository`` the root of what version control holds.

    Both are absolute. People read paths from the folder, other programs those from the repository.
    """

    folder: Path
    repository: Path
    colour: bool = False
    show_silenced: bool = False

    def near(self, file: Path) -> str:
        """A path as somebody in the folder types it; what lies elsewhere is given whole."""
        return _below(self.folder, file, self.folder)

    def in_repository(self, file: Path) -> str:
        """A path from the root of the repository, with `/`; what lies elsewhere is given whole."""
        return _below(self.folder, file, self.repository)

    def address(self, file: Path) -> str:
        """A path as a reference (RFC 3986): relative to the repository, or a ``file:`` address."""
        path = self.in_repository(file)
        return f"file://{quote(path)}" if path.startswith("/") else quote(path)


@lru_cache(maxsize=256)  # the findings of a file follow each other
def _below(start: Path, file: Path, folder: Path) -> str:
    """A path that begins at ``start`` as seen from a folder; what lies outside is given whole."""
    whole = os.path.normpath(start / file)
    relative = os.path.relpath(whole, folder)
    is_outside = relative == os.pardir or relative.startswith(f"{os.pardir}{os.sep}")
    return whole if is_outside else relative.replace(os.sep, "/")
