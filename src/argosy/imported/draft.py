"""A model or companion in the making: its keys in the stack file, with comments and notes.

No I/O here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from argosy.imported.ledger import Ledger, Status
from argosy.imported.service import Service
from argosy.imported.words import beside
from argosy.stack.document import Keys

WHOLE: tuple[Keys, ...] = (("command",), ("entrypoint",), ("build",))


class Draft:
    """What a service becomes. Paths are those within the service, ``at`` those within the model.

    ``folder`` is that of the stack file. ``wants_keys`` is whether its callers needed one.
    """

    def __init__(
        self, service: Service, section: str, name: str, folder: Path, ledger: Ledger
    ) -> None:
        self.service = service
        self.section = section
        self.name = name
        self.folder = folder
        self.keys: dict[str, Any] = {}
        self.comments: dict[Keys, list[str]] = {}
        self.wants_keys = False
        self._ledger = ledger

    def carry(
        self, path: Keys, at: Keys, value: Any, about: str = "", also: Sequence[Keys] = ()
    ) -> None:
        """It stands in the stack file, and means the same.

        A variable in it that could not stay is filled in, which is a change.
        """
        self.set(at, value)
        gone = self._filled_in(path, value)
        text = f"{gone} is filled in, as it is now" if gone else ""
        self._note("changed" if gone else "carried", path, text, at, about, also)

    def change(
        self,
        path: Keys,
        text: str,
        at: Keys = (),
        value: Any = None,
        about: str = "",
        also: Sequence[Keys] = (),
    ) -> None:
        """Something else stands for it, ``text`` says what; a ``value`` is set."""
        if value is not None:
            self.set(at, value)
        self._note("changed", path, text, at, about, also)

    def ask(
        self,
        path: Keys,
        text: str,
        at: Keys,
        value: Any = None,
        about: str = "",
        also: Sequence[Keys] = (),
    ) -> None:
        """A change that somebody has to look at: a comment says so at the place."""
        self.change(path, text, at, value, about, also)
        self.comment(at, text)

    def leave(self, path: Keys, text: str, about: str = "", also: Sequence[Keys] = ()) -> None:
        """It is not carried, ``text`` says why."""
        self._note("not carried", path, text, (), about, also)

    def warn(self, path: Keys, text: str) -> None:
        """It stands in the stack file as it was, which is not enough; ``text`` says why."""
        self.ask(path, text, path)

    def comment(self, at: Keys, text: str) -> None:
        """A comment above a key."""
        lines = self.comments.setdefault(at, [])
        if text not in lines:
            lines.append(text)

    def set(self, at: Keys, value: Any) -> None:
        """Give a key its value; the mappings around it are made."""
        keys = self.keys
        for key in at[:-1]:
            keys = keys.setdefault(key, {})
        keys[at[-1]] = value

    def say_besides(self, programs: Sequence[str]) -> None:
        """What the script around the program does, which nothing does any more."""
        for text in beside(self.service.command, programs):
            path, about = self.service.command[-1].path, f"`{text}`"
            if re.match(r"(python3? -m )?(uv )?pip3? install ", text):
                self.change(path, "packages are those of requirements.txt", about=about)
            elif text.startswith("export "):
                self.leave(path, "its script sets this: write it under `env`", about)
            else:
                self.leave(path, "its script does this besides, which no key says", about)

    def local(self, origin: Path, path: str) -> str:
        """A path of a file in ``origin``, relative to the stack file's folder: ``./models``."""
        return local(path, origin, self.folder)

    def is_open(self, *path: str) -> bool:
        """Whether something of the service at ``path`` has no note yet."""
        return self._ledger.is_open(("services", self.service.name, *path))

    def _filled_in(self, path: Keys, value: Any) -> str:
        """The variables of a value that are not in what became of it; of whole commands none."""
        found = self.service.value.below(path)
        text = found.text if found is not None and path not in WHOLE else ""
        names = dict.fromkeys(re.findall(r"(?<!\$)\$\{?([A-Za-z_]\w*)", text))
        return ", ".join(name for name in names if f"${{{name}" not in str(value))

    def _note(
        self, status: Status, path: Keys, text: str, at: Keys, about: str, also: Sequence[Keys]
    ) -> None:
        became = (self.section, self.name, *at) if at else ()
        here = ("services", self.service.name)
        paths = [(*here, *one) for one in also]
        self._ledger.note(status, (*here, *path), text, became, about, paths)


def local(path: str, origin: Path, folder: Path) -> str:
    """A path of ``origin`` as ``folder`` has it; one from /, ~ or a variable stays."""
    if path.startswith(("/", "~", "$")):
        return path
    found = os.path.relpath(origin.absolute() / path, folder.absolute())
    return found if found.startswith(".") else f"./{found}"
