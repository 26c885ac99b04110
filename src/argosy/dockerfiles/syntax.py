"""What a Dockerfile is made of. All values; what takes time is worked out when it is asked for."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from argosy.dockerfiles import shell, words
from argosy.dockerfiles.keywords import Arguments, arguments_of
from argosy.dockerfiles.pieces import (
    Command,
    Comment,
    Flag,
    Heredoc,
    Redirection,
    Source,
    Span,
    Word,
)
from argosy.dockerfiles.running import run_commands
from argosy.dockerfiles.scope import Scope
from argosy.dockerfiles.shell_tokens import unquoted
from argosy.dockerfiles.variables import Lookup
from argosy.records import kept, record

__all__ = [
    "Command",
    "Comment",
    "Dockerfile",
    "Flag",
    "Heredoc",
    "Instruction",
    "Redirection",
    "Span",
    "Stage",
    "Word",
]

Form = Literal["exec", "shell"]

_OF_HEALTHCHECK = re.compile(r"\S+\s*")
_NUMBER = re.compile(r"[0-9]{1,9}")
_HEREDOC = re.compile(r"\d*<<-?\s*[^<\s]")
# What most variables are: names and values without quotes, escapes and other variables.
_PLAIN_PAIRS = re.compile(r"(?:\s*[^\s='\"$\\`]+=[^\s'\"$\\`]*)++\s*")
_PAIR = re.compile(r"([^\s=]+)=(\S*)")


@record(eq=False, slots=False)
class Instruction:
    """One instruction, with all its lines. The same text elsewhere is another instruction.

    ``keyword`` is in capitals. ``form`` is ``exec`` where the arguments are a JSON array. With
    ``onbuild`` it is the one behind ONBUILD, which does nothing in this file's own images.
    """

    keyword: str
    span: Span
    line: int
    flags: tuple[Flag, ...]
    form: Form
    heredocs: tuple[Heredoc, ...]
    onbuild: bool
    source: Source = field(repr=False)
    index: int = field(repr=False)
    scope: Scope = field(repr=False)
    escape: str = field(repr=False, default="\\")

    @property
    def text(self) -> str:
        """The arguments in one line, without flags, as written but for comments inside."""
        return self.source.text

    def flag(self, name: str) -> Flag | None:
        """The last flag of that name."""
        return next((flag for flag in reversed(self.flags) if flag.name == name), None)

    @kept
    def words(self) -> tuple[Word, ...]:
        """The arguments. Of ``USER``, ``WORKDIR`` and their like it is one, blanks and all."""
        kind = arguments_of(self.keyword)
        if kind is Arguments.COMMAND:
            return self._command_words()
        source, escape, lookup = self.source, self.escape, self._lookup
        found = words.json_array(source) if self.form == "exec" else None
        if found is not None:
            if not kind.is_resolved:
                return found
            return tuple(words.resolved_again(one, lookup, escape) for one in found)
        if kind is Arguments.ONE:
            places = [(0, len(source.text))] if source.text else []
        elif kind is Arguments.BLANKS:
            places = words.blank_separated(source)
        else:
            places = words.shell_separated(source, escape)
            if kind is Arguments.PAIRS and places and "=" not in source.text[slice(*places[0])]:
                places = words.legacy_pair(source)
        return tuple(words.word(source, *place, lookup, escape) for place in places)

    @kept
    def commands(self) -> tuple[Command, ...]:
        """What RUN, CMD, ENTRYPOINT and HEALTHCHECK CMD run, heredocs included; else nothing."""
        if arguments_of(self.keyword) is not Arguments.COMMAND or self.keyword == "SHELL":
            return ()
        if self.form == "exec":
            own = self.words[1:] if self.keyword == "HEALTHCHECK" else self.words
            return shell.exec_commands(own, self._lookup) if own else ()
        source = self._behind_kind
        if self.keyword == "HEALTHCHECK" and self.words and self.words[0].text.upper() == "NONE":
            return ()
        if not self.heredocs:
            return shell.commands(source, self._lookup)
        return run_commands(source, self.heredocs, self._lookup)

    @kept
    def environment(self) -> Mapping[str, Word]:
        """What ENV, ARG or LABEL sets, by name. An ARG without a default sets nothing."""
        kind = arguments_of(self.keyword)
        if kind not in (Arguments.PAIRS, Arguments.NAMES):
            return {}
        source = self.source
        found: dict[str, Word] = {}
        if _PLAIN_PAIRS.fullmatch(source.text):
            for one in _PAIR.finditer(source.text):
                found[one[1]] = Word(one[2], source.span(*one.span(2)))
            return found
        escape, lookup = self.escape, self._lookup
        places = words.shell_separated(source, escape)
        if kind is Arguments.PAIRS and places and "=" not in source.text[slice(*places[0])]:
            pairs = [words.legacy_pair(source)]
        else:
            pairs = [words.pair(source, *place) for place in places]
        for pair in pairs:
            if len(pair) == 2:
                name, value = (words.word(source, *place, lookup, escape) for place in pair)
                found[name.text] = value
        return found

    @property
    def copies(self) -> tuple[tuple[Word, ...], Word]:
        """What COPY or ADD takes, heredocs left out, and where to. Empty for other keywords."""
        if self.keyword not in ("COPY", "ADD") or not self.words:
            return (), Word("", self.span)
        *sources, target = self.words
        if self.heredocs:
            sources = [one for one in sources if not _HEREDOC.match(one.text)]
        return tuple(sources), target

    @property
    def _lookup(self) -> Lookup:
        if self.onbuild:
            return _nothing
        if self.keyword == "FROM":
            return self.scope.in_from(self.index)
        # When a container starts, the arguments of the build are gone.
        at_start = self.keyword in ("CMD", "ENTRYPOINT", "HEALTHCHECK")
        return self.scope.lookup(self.index, arguments=not at_start)

    @property
    def _behind_kind(self) -> Source:
        """The command itself: of HEALTHCHECK what is behind CMD."""
        if self.keyword != "HEALTHCHECK":
            return self.source
        found = _OF_HEALTHCHECK.match(self.source.text)
        return self.source.part(found.end() if found else 0, len(self.source.text))

    def _command_words(self) -> tuple[Word, ...]:
        source, start = self._behind_kind, len(self.source.text) - len(self._behind_kind.text)
        before = (words.as_written(self.source, 0, len(self.text[:start].rstrip())),)
        found = words.json_array(source) if self.form == "exec" else None
        if found is None:
            found = tuple(
                unquoted(source.text[slice(*place)], source.span(*place), self._lookup)
                for place in words.shell_separated(source, "\\")
            )
        return (before if self.keyword == "HEALTHCHECK" and start else ()) + found


def _nothing(_: str) -> None:
    return None


@dataclass(frozen=True, eq=False)
class Stage:
    """FROM and what follows it. ``name`` is empty where it has none.

    ``base`` is the image with ARGs filled in, or the name of the stage that ``parent`` is;
    ``instructions`` are those behind FROM, which is ``instruction``.
    """

    index: int
    name: str
    base: Word
    platform: str
    instruction: Instruction
    instructions: tuple[Instruction, ...]
    parent: Stage | None
    scope: Scope = field(repr=False)

    @kept
    def steps(self) -> tuple[Instruction, ...]:
        """Its instructions that do something here: those behind ONBUILD do nothing."""
        return tuple(one for one in self.instructions if not one.onbuild)

    @property
    def ancestors(self) -> tuple[Stage, ...]:
        """The stages below it, the lowest one first."""
        found: list[Stage] = []
        stage = self.parent
        while stage is not None:
            found.append(stage)
            stage = stage.parent
        return tuple(reversed(found))

    @kept
    def lineage(self) -> tuple[Instruction, ...]:
        """All that makes its image: the instructions of the stages below it, then its own."""
        stages = (*self.ancestors, self)
        return tuple(one for stage in stages for one in stage.instructions)

    @property
    def root_base(self) -> str:
        """The image at the very bottom."""
        return (*self.ancestors, self)[0].base.text

    def last(self, keyword: str) -> Instruction | None:
        """The instruction of that keyword which is in force at the end, those of ONBUILD aside.

        An ENTRYPOINT forgets the CMD that the stage has from the one below.
        """
        for stage in (self, *reversed(self.ancestors)):
            found = _last(stage.instructions, keyword)
            if found:
                return found
            if keyword == "CMD" and _last(stage.instructions, "ENTRYPOINT"):
                return None
        return None

    @kept
    def environment(self) -> Mapping[str, Word]:
        """The ENV in force at its end, as far as this file says it."""
        return self.scope.environment


def _last(instructions: Sequence[Instruction], keyword: str) -> Instruction | None:
    """The last one of that keyword, those behind ONBUILD aside."""
    found = (one for one in reversed(instructions) if one.keyword == keyword)
    return next((one for one in found if not one.onbuild), None)


@dataclass(frozen=True, eq=False)
class Dockerfile:
    """A Dockerfile with at least one stage. ``preamble`` is what stands before the first FROM.

    ``directives`` are those of the parser: ``syntax``, ``escape``, ``check``. ``arguments`` are the
    ARGs of the preamble that have a value. Comments are all there are, wherever they stand.
    """

    file: Path
    text: str = field(repr=False)
    stages: tuple[Stage, ...]
    comments: tuple[Comment, ...] = field(repr=False)
    directives: Mapping[str, str]
    preamble: tuple[Instruction, ...]
    arguments: Mapping[str, Word]

    @property
    def final(self) -> Stage:
        """The last stage, which is built unless another one is asked for."""
        return self.stages[-1]

    @kept
    def instructions(self) -> tuple[Instruction, ...]:
        """All of them in the order of the file, FROM included."""
        behind = (one for stage in self.stages for one in (stage.instruction, *stage.instructions))
        return (*self.preamble, *behind)

    def stage(self, name_or_index: str | int) -> Stage | None:
        """The stage that ``--from`` means; None where it is the name of an image."""
        name = str(name_or_index).lower()
        named = (one for one in reversed(self.stages) if one.name and one.name.lower() == name)
        found = next(named, None)
        if found is None and _NUMBER.fullmatch(name) and int(name) < len(self.stages):
            return self.stages[int(name)]
        return found

    def position(self, index: int) -> tuple[int, int]:
        """Line and column, both counted from 1, of an index into the text."""
        line = bisect_right(self._line_starts, max(index, 0))
        return line, index - self._line_starts[line - 1] + 1

    def line_text(self, line: int) -> str:
        """A line, counted from 1, without its end."""
        start = self._line_starts[line - 1]
        stop = self.text.find("\n", start)
        return self.text[start : len(self.text) if stop < 0 else stop].rstrip("\r")

    @kept
    def _line_starts(self) -> tuple[int, ...]:
        return (0, *(found.end() for found in re.finditer("\n", self.text)))
