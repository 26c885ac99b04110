"""The account of an import: every value of the Compose file, and what became of it. No I/O here.

Nothing can be forgotten: what nobody has spoken for is not carried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from argosy.compose_files.tree import Place, Value
from argosy.stack.document import Keys, dotted

Status = Literal["carried", "changed", "not carried"]
STATUSES: tuple[Status, ...] = ("carried", "changed", "not carried")

UNSPOKEN = "no key of a stack file says this"


@dataclass(frozen=True)
class Note:
    """What became of the values at ``path``, or of a part of one that ``about`` names.

    ``became`` is a path in the stack file, if there is one. No ``text`` repeats a secret.
    """

    status: Status
    path: Keys
    place: Place
    text: str = ""
    became: Keys = ()
    about: str = ""

    @property
    def subject(self) -> str:
        """``services.vllm.command --quantization``."""
        path = self.path
        while self.about and path[-1].isdigit():
            path = path[:-1]
        return f"{dotted(path)} {self.about}".strip()

    @property
    def outcome(self) -> str:
        """``models.vllm.weights; named by …``: where it stands now, and what is to be known."""
        return "; ".join(part for part in (dotted(self.became), self.text) if part)


class Ledger:
    """Takes notes. The first that speaks for a value, or for what is around it, counts for it;
    of several about one value the worst.
    """

    def __init__(self, root: Value) -> None:
        self._root = root
        self._leaves = dict(root.leaves())
        self._accounts: dict[Keys, Note] = {}
        self._notes: list[Note] = []

    def note(
        self,
        status: Status,
        path: Keys,
        text: str = "",
        became: Keys = (),
        about: str = "",
        also: Sequence[Keys] = (),
    ) -> None:
        """Speak for the values at and below ``path`` that nobody has spoken for yet.

        So it does for the words of the same flag at the paths of ``also``.
        """
        note = Note(status, path, self.place(path), _line(text), became, _line(about))
        claimed = [self._claim(note, one) for one in (path, *also)]
        if any(claimed) or (text and self._root.below(path) is not None):
            self._notes.append(note)

    def _claim(self, note: Note, path: Keys) -> bool:
        if path in self._leaves:
            known = self._accounts.get(path)
            if known is None or STATUSES.index(note.status) > STATUSES.index(known.status):
                self._accounts[path] = note
            return True
        below = [leaf for leaf in self._below(path) if leaf not in self._accounts]
        self._accounts |= dict.fromkeys(below, note)
        return bool(below)

    def is_open(self, path: Keys) -> bool:
        """Whether something at or below ``path`` has nobody who spoke for it."""
        return any(
            leaf not in self._accounts
            for leaf in (path, *self._below(path))
            if leaf in self._leaves
        )

    def close(self) -> None:
        """Say of all that is left that it is not carried."""
        for leaf in self._leaves:
            if leaf not in self._accounts:
                self.note("not carried", leaf, UNSPOKEN)

    @property
    def accounts(self) -> Mapping[Keys, Note]:
        """The one note that counts for each value."""
        return {leaf: self._accounts[leaf] for leaf in self._leaves if leaf in self._accounts}

    @property
    def notes(self) -> tuple[Note, ...]:
        """All of them: by status, then in the order of the files."""
        return tuple(
            sorted(
                dict.fromkeys(self._notes),
                key=lambda note: (
                    STATUSES.index(note.status),
                    str(note.place.file),
                    note.place.line,
                ),
            )
        )

    def place(self, path: Keys) -> Place:
        """Where a path stands, or what is around it."""
        found = None
        while found is None:
            found = self._root.below(path)
            path = path[:-1]
        return found.place

    def _below(self, path: Keys) -> Iterator[Keys]:
        length = len(path)
        return (leaf for leaf in self._leaves if len(leaf) > length and leaf[:length] == path)


def _line(text: str) -> str:
    """What can stand in one line of a comment, and in a terminal."""
    return "".join(one if one.isprintable() else "�" for one in text)
