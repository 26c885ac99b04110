"""How a report is to be shown, whatever its format: where paths begin, in colour or not. No I/O."""

from __future__ import annotations

import os
from dataclasses import dataclass
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
        return self._below(file, self.folder)

    def in_repository(self, file: Path) -> str:
        """A path from the root of the repository, with `/`; what lies elsewhere is given whole."""
        return self._below(file, self.repository)

    def address(self, file: Path) -> str:
        """A path as a reference (RFC 3986): relative to the repository, or a ``file:`` address."""
        path = self.in_repository(file)
        return f"file://{quote(path)}" if path.startswith("/") else quote(path)

    def _below(self, file: Path, folder: Path) -> str:
        whole = os.path.normpath(self.folder / file)
        relative = Path(os.path.relpath(whole, folder))
        return whole if relative.parts[:1] == (os.pardir,) else relative.as_posix()
