"""The small values that instructions are made of, each with its place in the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

from argosy.records import record

SHELLS = frozenset({"ash", "bash", "dash", "ksh", "sh", "zsh"})
_BLANK_WORD = re.compile(r"\S+")


@record()
class Span:
    """A piece of the file: ``text[start:end]`` of the text as it was given."""

    start: int
    end: int


@record()
class Word:
    """One argument. ``text`` has no quotes and escapes any more, and known variables filled in.

    Variables that nobody knows here, such as those of the base image, stay as written.
    """

    text: str
    span: Span
    quoted: bool = False


@record()
class Flag:
    """A flag of BuildKit's before the arguments: ``--from=builder``, ``--link``.

    ``name`` has no dashes; ``value`` is as written but for quotes, and empty where there is none.
    """

    name: str
    value: str
    span: Span

    @property
    def options(self) -> dict[str, str]:
        """``type=cache,target=/root`` as a mapping; a key without value is empty."""
        pairs = (one.partition("=") for one in self.value.split(",") if one)
        return {name.strip(): value for name, _, value in pairs}


@record()
class Heredoc:
    """A file that stands in the Dockerfile. ``span`` is its lines without the last, its name.

    ``text`` is what a command reads: without the leading tabs where ``strip_tabs`` (``<<-``).
    ``expand`` says that its name has no quotes, so that variables in it count.
    """

    name: str
    text: str
    span: Span
    expand: bool
    strip_tabs: bool
    body: str  # as it stands, so that its places are those of ``span``


@record()
class Comment:
    """A line of comment, wherever it stands; ``text`` without ``#`` and the spaces around."""

    text: str
    line: int
    span: Span


@record()
class Redirection:
    """``> file`` and the like: ``operator`` as written (``2>``, ``>>``, ``<<``), and its target."""

    operator: str
    target: Word


class Command:
    """One simple command of a shell, or the words of an exec form.

    ``operator`` joins it to the command *before* it: ``&&``, ``||``, ``|``, ``|&``, ``;``, ``&``,
    a newline, ``(``, ``)`` or, inside a command substitution, ``$(``; empty for the first.
    ``wrappers`` are the words taken off its front: ``sudo -E``, ``exec``, ``env``, ``sh -c``; of a
    script they are its first command's. ``program`` is the name of what is run, without its folder;
    empty where nothing is. ``texts`` are those of the words.
    """

    __slots__ = (
        "_piece", "_words", "assignments", "operator", "program", "redirections", "texts",
        "wrappers",
    )  # fmt: skip

    def __init__(
        self,
        words: tuple[Word, ...],
        assignments: tuple[Word, ...] = (),
        operator: str = "",
        redirections: tuple[Redirection, ...] = (),
        wrappers: tuple[Word, ...] = (),
    ) -> None:
        self._words: tuple[Word, ...] | None = words
        self._piece: tuple[Source, int, int] | None = None
        self.texts = tuple([one.text for one in words])
        self.assignments = assignments
        self.operator = operator
        self.redirections = redirections
        self.wrappers = wrappers
        self.program = self.texts[0].rpartition("/")[2] if words else ""

    @classmethod
    def plain(
        cls, texts: tuple[str, ...], source: Source, start: int, end: int, operator: str
    ) -> Command:
        """What stands between two indexes, where each word means itself and blanks part them.

        Its words are made when they are asked for: of most commands nobody wants their places.
        """
        made = cls.__new__(cls)
        made._words, made._piece = None, (source, start, end)  # noqa: SLF001
        made.texts = texts
        made.assignments = made.redirections = made.wrappers = ()
        made.operator = operator
        made.program = texts[0].rpartition("/")[2]
        return made

    @property
    def words(self) -> tuple[Word, ...]:
        """The program and its arguments, each at its place."""
        if self._words is None:
            self._words = _plain_words(*self._piece) if self._piece else ()
        return self._words

    @property
    def arguments(self) -> tuple[str, ...]:
        """The texts of the words behind the program."""
        return self.texts[1:]

    @property
    def span(self) -> Span:
        """From its first word to its last, those taken off its front included."""
        found = [*self.wrappers, *self.assignments, *self.words]
        found += [one.target for one in self.redirections]
        starts = [word.span.start for word in found]
        return Span(min(starts), max(word.span.end for word in found)) if starts else Span(0, 0)

    def behind(self, operator: str, wrappers: tuple[Word, ...] | None = None) -> Command:
        """The same command behind another operator, and with other words taken off its front."""
        taken = self.wrappers if wrappers is None else wrappers
        return Command(self.words, self.assignments, operator, self.redirections, taken)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Command) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        names = ("words", "assignments", "operator", "redirections", "wrappers")
        shown = ", ".join(f"{name}={value!r}" for name, value in zip(names, self._key, strict=True))
        return f"Command({shown})"

    @property
    def _key(self) -> tuple[object, ...]:
        return (self.words, self.assignments, self.operator, self.redirections, self.wrappers)


def _plain_words(source: Source, start: int, end: int) -> tuple[Word, ...]:
    places = [found.span() for found in _BLANK_WORD.finditer(source.text, start, end)]
    return tuple(
        Word(source.text[slice(*place)], span)
        for place, span in zip(places, source.spans(places), strict=True)
    )


@record()
class Source:
    """A text made of pieces of the file, which knows where each of its characters stands.

    ``offsets`` are where pieces begin in ``text``, the first one at 0; ``places`` where they begin
    in the file. One
    with no pieces stands at one ``whole`` place altogether: text whose escapes are resolved.
    """

    text: str
    offsets: tuple[int, ...] = (0,)
    places: tuple[int, ...] = (0,)
    whole: Span | None = None

    def span(self, start: int, end: int) -> Span:
        """The place of ``text[start:end]`` in the file."""
        if self.whole is not None:
            return self.whole
        offsets = self.offsets
        if len(offsets) == 1:
            shift = self.places[0] - offsets[0]
            return Span(start + shift, end + shift)
        piece = bisect_right(offsets, start) - 1
        shift = self.places[piece] - offsets[piece]
        if piece + 1 == len(offsets) or end <= offsets[piece + 1]:
            return Span(start + shift, end + shift)
        return Span(start + shift, self._place(end - 1) + 1 if end > start else start + shift)

    def spans(self, places: Iterable[tuple[int, int]]) -> list[Span]:
        """The places in the file of ``text[start:end]``, which follow each other in the text."""
        if self.whole is not None or len(self.offsets) == 1:
            return [self.span(start, end) for start, end in places]
        found: list[Span] = []
        ends = (*self.offsets[1:], len(self.text))
        piece = 0
        for start, end in places:
            while start >= ends[piece] and piece + 1 < len(ends):
                piece += 1
            if end <= ends[piece]:
                shift = self.places[piece] - self.offsets[piece]
                found.append(Span(start + shift, end + shift))
            else:
                found.append(self.span(start, end))
        return found

    def _place(self, offset: int) -> int:
        piece = bisect_right(self.offsets, offset) - 1
        return self.places[piece] + offset - self.offsets[piece]

    def part(self, start: int, end: int) -> Source:
        """``text[start:end]``, with its places."""
        text = self.text[start:end]
        if self.whole is not None or len(self.offsets) == 1:
            return Source(text, (0,), (self.places[0] - self.offsets[0] + start,), self.whole)
        first = bisect_right(self.offsets, start) - 1
        last = max(bisect_right(self.offsets, max(end - 1, start)), first + 1)
        offsets = tuple(max(one - start, 0) for one in self.offsets[first:last])
        return Source(text, offsets, (self._place(start), *self.places[first + 1 : last]))
