"""The simple commands of a shell's text: what is run, one by one.

No shell is understood here: loops, conditions and subshells are looked through, so that what
stands in them is seen as commands like any other. Nothing is refused: text that no shell would
take comes out as the words that it has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from argosy.dockerfiles.pieces import Command, Redirection, Source, Word
from argosy.dockerfiles.shell_tokens import substitutions, tokens, unquoted
from argosy.dockerfiles.unwrapping import OPENED, script_index, unwrapped
from argosy.dockerfiles.variables import Lookup

# Deeper than anybody nests `sh -c` and `$( )`, and what keeps the time linear.
_DEPTH = 6

_SETS = re.compile(
    r"(?:^|(?<=[\s;&|({]))(?:(?:for|select)\s+([^\W\d]\w*)\s+in\b|read\s+(?:-\S+\s+)*([^\W\d]\w*)"
    r"|([^\W\d]\w*)\+?=)"
)
_ASSIGNMENT = re.compile(r"[^\W\d]\w*\+?=")
_WORD = re.compile(r"\S+")
_BEFORE_COMMANDS = frozenset({"if", "then", "elif", "else", "while", "until", "do", "{", "!"})
_NO_COMMANDS = frozenset({"fi", "done", "esac", "}", "for", "select", "function", "case"})
# What most scripts are: words without quotes and patterns, and what joins commands.
_PLAIN = re.compile(r"(?:[\w./:=@%+,~^*?\- \t]++|(?:&&|\|\||[;|])(?![;&|]))*+")
_JOINT = re.compile(r"&&|\|\||[;|]")
_RESERVED = _BEFORE_COMMANDS | _NO_COMMANDS | {"in"}


def commands(source: Source, lookup: Lookup, depth: int = 0) -> tuple[Command, ...]:
    """The commands in the order in which they stand, those of ``sh -c`` in its place.

    A variable that the text itself sets is not filled in, whatever ``lookup`` says of it.
    """
    reader = _Reader(source, _without_own(source.text, lookup), depth)
    pieces = _plain_pieces(source.text)
    if pieces is not None:
        reader.take_plain(pieces)
    else:
        for kind, start, end in tokens(source.text):
            reader.take(kind, start, end)
    return reader.done()


def _plain_pieces(text: str) -> list[tuple[tuple[str, ...], int, int, str]] | None:
    """The words of each command, where they stand, and what follows them.

    None where a word may mean something else than itself.
    """
    if not _PLAIN.fullmatch(text):
        return None
    pieces: list[tuple[tuple[str, ...], int, int, str]] = []
    start = 0
    for found in _JOINT.finditer(text):
        end = found.start()
        pieces.append((tuple(text[start:end].split()), start, end, found[0]))
        start = found.end()
    pieces.append((tuple(text[start:].split()), start, len(text), ""))
    return pieces if all(_RESERVED.isdisjoint(one[0]) for one in pieces) else None


def exec_commands(words: tuple[Word, ...], lookup: Lookup) -> tuple[Command, ...]:
    """What an exec form runs: one command, or those of its shell's script."""

    def script(index: int) -> Source:
        word = words[index]
        as_it_stands = word.span.end - word.span.start == len(word.text) + 2
        if as_it_stands:
            return Source(word.text, places=(word.span.start + 1,))
        return Source(word.text, whole=word.span)

    return _opened(Command(words), script, lookup, 0)


def _without_own(text: str, lookup: Lookup) -> Lookup:
    if "$" not in text:
        return lookup
    own = {one[1] or one[2] or one[3] for one in _SETS.finditer(text)}
    return (lambda name: None if name in own else lookup(name)) if own else lookup


def _opened(
    command: Command, script: Callable[[int], Source], lookup: Lookup, depth: int
) -> tuple[Command, ...]:
    """The command without wrappers, or the commands of the script that it is given.

    ``script`` gives the text of a word, counted from the last one: -1, -2 and so on.
    """
    command = unwrapped(command)
    index = script_index(command)
    if index is None or depth >= _DEPTH:
        return (command,)
    found = commands(script(index - len(command.words)), lookup, depth + 1)
    if not found:
        return ()
    wrappers = command.wrappers + command.words[:index] + found[0].wrappers
    return (found[0].behind(command.operator, wrappers), *found[1:])


class _Reader:
    """Puts tokens together into commands."""

    def __init__(self, source: Source, lookup: Lookup, depth: int) -> None:
        self._source = source
        self._text = source.text
        self._lookup = lookup
        self._depth = depth
        self._found: list[Command] = []
        self._operator = ""
        self._redirection = ""
        self._word: tuple[int, int] | None = None
        self._words: list[Word] = []
        self._places: list[tuple[int, int]] = []
        self._redirections: list[Redirection] = []
        self._nested: list[tuple[int, int]] = []
        self._cases = 0
        self._is_pattern = False
        self._has_nested = "(" in source.text

    def take_plain(self, pieces: Iterable[tuple[tuple[str, ...], int, int, str]]) -> None:
        """All of a text of which each word means itself: the same as its tokens, sooner."""
        for texts, start, end, following in pieces:
            if not texts:
                self._end_command(following)
                continue
            command = Command.plain(texts, self._source, start, end, self._operator)
            if "=" in texts[0] or command.program in OPENED:
                self._words = list(command.words)
                self._places = [found.span() for found in _WORD.finditer(self._text, start, end)]
                self._end_command(following)
            else:
                self._found.append(command)
                self._operator = following

    def take(self, kind: str, start: int, end: int) -> None:
        if kind in ("word", "substitution"):
            if self._has_nested:
                self._nest(kind, start, end)
            if self._word and self._word[1] == start:
                start = self._word[0]
            else:
                self._end_word()
            self._word = (start, end)
            return
        self._end_word()
        written = self._source.text[start:end]
        if kind == "redirection":
            self._redirection = written
        elif kind in ("operator", "newline"):
            self._join(written, start, end)

    def done(self) -> tuple[Command, ...]:
        self._end_word()
        self._end_command("")
        return tuple(self._found)

    def _nest(self, kind: str, start: int, end: int) -> None:
        text = self._source.text
        if kind == "substitution":
            self._nested.append((start + 2, max(end - 1, start + 2)))
        elif text.find("$(", start, end) >= 0:
            self._nested += substitutions(text, start, end)

    def _end_word(self) -> None:
        if self._word is None:
            return
        place, self._word = self._word, None
        written = self._source.text[slice(*place)]
        if self._redirection:
            made = unquoted(written, self._source.span(*place), self._lookup)
            self._redirections.append(Redirection(self._redirection, made))
            self._redirection = ""
        elif not self._words and written in _BEFORE_COMMANDS:
            pass
        elif self._is_pattern and written == "esac":
            self._is_pattern = False
            self._cases -= 1
        else:
            self._words.append(unquoted(written, self._source.span(*place), self._lookup))
            self._places.append(place)
            if written in ("in", "esac"):
                self._look_for_case(written)

    def _look_for_case(self, written: str) -> None:
        first = self._words[0].text
        if written == "in" and first == "case":
            self._words, self._places = [], []
            self._cases += 1
            self._is_pattern = True
        elif written == "esac" == first and self._cases:
            self._cases -= 1

    def _join(self, operator: str, start: int, end: int) -> None:
        first = self._words[0].text if self._words else ""
        if first == "[[" and self._words[-1].text != "]]" and operator != "\n":
            self._words.append(Word(operator, self._source.span(start, end)))
            self._places.append((start, end))
            return
        if self._is_pattern:
            if operator != "\n":
                self._words, self._places = [], []
            self._is_pattern = operator != ")"
            return
        if operator == "(" and len(self._words) == 1:
            self._words, self._places = [], []  # the name of a function
        self._end_command(operator)
        self._is_pattern = self._cases > 0 and operator.startswith(";;")

    def _end_command(self, following: str) -> None:
        words, places = self._words, self._places
        self._words, self._places = [], []
        nested, self._nested = self._nested, []
        redirections, self._redirections = tuple(self._redirections), []
        self._redirection = ""
        if words and words[0].text in _NO_COMMANDS:
            words = []
        if words or redirections:
            count = self._assignments(places) if words else 0
            command = Command(
                tuple(words[count:]), tuple(words[:count]), self._operator, redirections
            )
            self._found += _opened(
                command, lambda index: self._script(*places[index]), self._lookup, self._depth
            )
            self._operator = following
        elif self._found and following not in ("\n", ""):
            self._operator = following
        if nested:
            self._inside(nested)

    def _assignments(self, places: list[tuple[int, int]]) -> int:
        text = self._source.text
        if "=" not in text:
            return 0
        for index, place in enumerate(places):
            if not _ASSIGNMENT.match(text, *place):
                return index
        return len(places)

    def _script(self, start: int, end: int) -> Source:
        """The text of one word, at its place where that is possible."""
        written = self._source.text[start:end]
        quote, inner = written[:1], written[1:-1]
        whole = len(written) > 1 and quote in ("'", '"') and written.endswith(quote)
        if whole and quote not in inner and (quote == "'" or "\\" not in inner):
            return self._source.part(start + 1, end - 1)
        span = self._source.span(start, end)
        return Source(unquoted(written, span, self._lookup).text, whole=span)

    def _inside(self, nested: list[tuple[int, int]]) -> None:
        if self._depth >= _DEPTH:
            return
        for start, end in nested:
            if self._source.text.startswith("(", start):  # arithmetic
                continue
            found = commands(self._source.part(start, end), self._lookup, self._depth + 1)
            self._found += [one.behind("$(") if one is found[0] else one for one in found]
