"""Which variables are known at an instruction, and what they are: Docker's rules of ENV and ARG.

- ARGs before the first FROM count in FROM alone, unless a stage declares them again.
- A stage that is FROM another one has all that the other one had at its end.
- ENV wins over ARG; a build argument that is given wins over an ARG's default.
- An instruction sees what stands before it, never what it sets itself.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Protocol

from argosy.dockerfiles.pieces import Word
from argosy.dockerfiles.variables import OF_THE_BUILD, Lookup

_END = 1 << 62
_Table = dict[str, list[tuple[int, Word]]]


class Definition(Protocol):
    """An ENV or ARG, as a scope asks for it."""

    @property
    def keyword(self) -> str:
        """ENV or ARG."""

    @property
    def index(self) -> int:
        """Its number in the stage."""

    @property
    def words(self) -> tuple[Word, ...]:
        """Its arguments."""

    @property
    def environment(self) -> Mapping[str, Word]:
        """What it sets, by name."""


class Scope:
    """The variables of one stage, or of what stands before all stages.

    It is filled as it is asked, in the order of the file, so that nobody pays for values that
    nobody asks for; the answer is the same whenever it is asked.
    """

    def __init__(
        self,
        given: Mapping[str, str],
        outer: Scope | None = None,
        parent: Scope | None = None,
    ) -> None:
        self.given = given
        self.outer = outer
        self.parent = parent
        self.variables: _Table = {}
        self.declared: _Table = {}
        self.is_complete = False  # filled to its end, as are those below it
        self._definitions: list[Definition] = []
        self._next = 0

    def add(self, definition: Definition) -> None:
        """Take an ENV or ARG in, in the order of the file."""
        self._definitions.append(definition)

    def lookup(self, index: int = _END, *, arguments: bool = True) -> Lookup:
        """Values by name before the instruction at ``index``; ARGs too, or ENV alone."""

        def value(name: str) -> str | None:
            self._fill(index)
            found = self._found([scope.variables for scope in self._chain()], name, index)
            if found is None and arguments:
                found = self._found([scope.declared for scope in self._chain()], name, index)
            return found.text if found else None

        return value

    def in_from(self, index: int) -> Lookup:
        """What a FROM sees of this scope: its ARGs, and what is given for BuildKit's own."""
        own = self.lookup(index)
        given = {name: self.given[name] for name in OF_THE_BUILD if name in self.given}
        return lambda name: found if (found := own(name)) is not None else given.get(name)

    @property
    def environment(self) -> dict[str, Word]:
        """All ENV at the end of the stage, those of the stages below it included."""
        self._fill(_END)
        found: dict[str, Word] = {}
        for scope in reversed(list(self._chain())):
            found |= {name: words[-1][1] for name, words in scope.variables.items()}
        return found

    @property
    def arguments(self) -> dict[str, Word]:
        """The ARGs of this scope that have a value at its end."""
        self._fill(_END)
        return {name: words[-1][1] for name, words in self.declared.items()}

    def fill(self, index: int) -> None:
        """Read what stands before ``index``; the scopes below are filled already."""
        while self._next < len(self._definitions):
            definition = self._definitions[self._next]
            if definition.index >= index:
                break
            self._next += 1
            values = definition.environment
            if definition.keyword == "ENV":
                for name, word in values.items():
                    self.variables.setdefault(name, []).append((definition.index, word))
            else:
                self._declare(definition, values)

    def _chain(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def _fill(self, index: int) -> None:
        """From the bottom up: a stage's ENV may ask for that of the stage that it is FROM.

        What is below has been read to its end in the file before anybody is FROM it.
        """
        unfilled: list[Scope] = []
        below = self.parent
        while below is not None and not below.is_complete:
            unfilled.append(below)
            below = below.parent
        for scope in reversed(unfilled):
            scope.fill(_END)
            scope.is_complete = True
        self.fill(index)

    def _found(self, tables: list[_Table], name: str, index: int) -> Word | None:
        for at, table in enumerate(tables):
            words = table.get(name)
            if words:
                before = len(words) if at else bisect_left(words, index, key=lambda one: one[0])
                if before:
                    return words[before - 1][1]
        return None

    def _declare(self, definition: Definition, values: Mapping[str, Word]) -> None:
        for word in definition.words:
            name = word.text.partition("=")[0]
            value = values.get(name)
            if name in self.given:
                value = replace(value or word, text=self.given[name])
            elif value is None and self.outer is not None:
                value = self.outer.arguments.get(name)
            if value is not None:
                self.declared.setdefault(name, []).append((definition.index, value))
