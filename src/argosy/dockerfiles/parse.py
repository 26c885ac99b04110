"""Text in, Dockerfile out, or all of its mistakes with their places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

from argosy.dockerfiles import words
from argosy.dockerfiles.checking import Mistake, wrong_arguments
from argosy.dockerfiles.keywords import (
    KEYWORDS,
    MAY_BE_ARRAYS,
    MAY_HAVE_HEREDOCS,
)
from argosy.dockerfiles.lines import Lines, Logical, heredoc_words
from argosy.dockerfiles.pieces import Flag, Heredoc, Source, Span
from argosy.dockerfiles.scope import Scope
from argosy.dockerfiles.syntax import Dockerfile, Form, Instruction, Stage
from argosy.dockerfiles.variables import Malformed, resolved
from argosy.errors import DockerfileError, Problem

_KEYWORD = re.compile(r"(\S+)\s*")
_KIND = re.compile(r"CMD\s+", re.IGNORECASE)
_NOTHING_GIVEN: Mapping[str, str] = MappingProxyType({})


def parse(text: str, file: Path, arguments: Mapping[str, str] = _NOTHING_GIVEN) -> Dockerfile:
    """The Dockerfile that ``text`` is; ``arguments`` are build arguments, by name.

    ``file`` is only told: in the result, and in problems. Raises DockerfileError with every
    mistake for which Docker would not begin to build.
    """
    reader = _Reader(text, arguments)
    reader.read()
    if reader.mistakes:
        raise DockerfileError(tuple(_problem(text, file, one) for one in reader.mistakes))
    return Dockerfile(
        file,
        text,
        tuple(reader.stages),
        tuple(reader.comments),
        reader.directives,
        tuple(reader.preamble),
        reader.outer.arguments,
    )


def _problem(text: str, file: Path, mistake: Mistake) -> Problem:
    before = text[: mistake.at]
    column = mistake.at - (before.rfind("\n") + 1) + 1
    line = before.count("\n") + 1
    return Problem(file, line, column, mistake.keyword, mistake.what, mistake.next_step)


@dataclass
class _Building:
    """A stage whose end has not been read."""

    instruction: Instruction
    name: str
    parent: Stage | None
    scope: Scope
    instructions: list[Instruction]


class _Reader:
    def __init__(self, text: str, arguments: Mapping[str, str]) -> None:
        self._text = text
        self._lines = Lines(text)
        self._given = arguments
        self.outer = Scope(arguments)
        self.preamble: list[Instruction] = []
        self.stages: list[Stage] = []
        self.mistakes: list[Mistake] = []
        self.directives: dict[str, str] = {}
        self._building: _Building | None = None
        self._by_name: dict[str, Stage] = {}

    def read(self) -> None:
        self.directives, wrong = self._lines.directives()
        self.mistakes += (Mistake(at, what) for what, at in wrong)
        while logical := self._lines.following():
            instruction = self._instruction(logical)
            if instruction is None:
                continue
            if instruction.keyword == "FROM":
                self._begin(instruction)
            else:
                self._add(instruction)
        self._end_stage()
        self.comments = self._lines.comments
        if not self.stages and not self.mistakes:
            last = len(self._text.rstrip())
            self.mistakes.append(
                Mistake(last, "There is no image here", next_step="A Dockerfile begins with FROM")
            )

    def _instruction(self, logical: Logical) -> Instruction | None:
        """One instruction; None where so much is wrong with it that there is none."""
        text = logical.text
        keyword, start, onbuild = *_keyword(text, 0), False
        if keyword == "ONBUILD" and start < len(text):
            onbuild, at = True, start
            keyword, start = _keyword(text, at)
            if keyword in ("ONBUILD", "FROM", "MAINTAINER"):
                what = f"{keyword} may not stand behind it"
                self.mistakes.append(Mistake(_place(logical, at), what, "ONBUILD"))
                return None
        if keyword not in KEYWORDS or keyword == "ONBUILD":
            self._unknown(keyword, _place(logical, at if onbuild else 0))
            return None
        flags: tuple[Flag, ...] = ()
        if text.startswith("--", start):
            flags, start = words.flags(logical.source, start, self._lines.escape)
        arguments = logical.behind(start)
        form: Form = "shell"
        if "[" in arguments.text and keyword in MAY_BE_ARRAYS:
            form = self._form(keyword, arguments)
        heredocs: tuple[Heredoc, ...] = ()
        end = logical.end
        if "<<" in arguments.text and keyword in MAY_HAVE_HEREDOCS and form == "shell":
            heredocs, end = self._heredocs(keyword, arguments, logical)
        scope, index = self._place()
        instruction = Instruction(
            keyword,
            Span(logical.start, end),
            logical.line,
            flags,
            form,
            heredocs,
            onbuild,
            arguments,
            index,
            self.outer if keyword == "FROM" else scope,
            self._lines.escape,
        )
        return instruction if self._is_right(instruction) else None

    def _form(self, keyword: str, arguments: Source) -> Form:
        try:
            return _form(keyword, arguments)
        except Malformed as error:
            at = arguments.span(error.offset, error.offset).start
            self.mistakes.append(Mistake(at, error.what, keyword))
            return "shell"

    def _place(self) -> tuple[Scope, int]:
        """The scope of the next instruction, and its number there."""
        if self._building is None:
            return self.outer, len(self.preamble)
        return self._building.scope, len(self._building.instructions)

    def _unknown(self, keyword: str, at: int) -> None:
        if not keyword or keyword == "ONBUILD":
            what = "ONBUILD needs an instruction" if keyword else "An instruction is missing here"
            self.mistakes.append(Mistake(at, what))
            return
        near = get_close_matches(keyword[:20], KEYWORDS, n=1)
        shown = keyword if len(keyword) <= 20 else f"{keyword[:20]}…"
        step = f"Did you mean {near[0]}?" if near else ""
        self.mistakes.append(Mistake(at, f"{shown} is no instruction", next_step=step))

    def _heredocs(
        self, keyword: str, arguments: Source, logical: Logical
    ) -> tuple[tuple[Heredoc, ...], int]:
        """The heredocs that begin in the line, and where the instruction ends with them."""
        found: list[Heredoc] = []
        for name, expand, strip_tabs, offset in heredoc_words(arguments):
            heredoc = self._lines.heredoc(name, expand=expand, strip_tabs=strip_tabs)
            if heredoc is None:
                at = arguments.span(offset, offset).start
                what = f"The heredoc {name} does not end"
                step = f"Write {name} in a line of its own behind it"
                self.mistakes.append(Mistake(at, what, keyword, step))
                break
            found.append(heredoc)
        return tuple(found), self._lines.end if found else logical.end

    def _is_right(self, instruction: Instruction) -> bool:
        try:
            wrong = wrong_arguments(instruction)
        except Malformed as error:
            at = instruction.source.span(error.offset, error.offset).start
            wrong = Mistake(at, error.what, instruction.keyword)
        if wrong:
            self.mistakes.append(wrong)
        return wrong is None

    def _add(self, instruction: Instruction) -> None:
        keyword = instruction.keyword
        if self._building is None:
            if keyword != "ARG" or instruction.onbuild:
                what = "It stands before the first FROM"
                step = "A Dockerfile begins with FROM; only ARG may stand before it"
                if not any(one.what.endswith("before the first FROM") for one in self.mistakes):
                    self.mistakes.append(Mistake(instruction.span.start, what, keyword, step))
                return
            self.preamble.append(instruction)
            self.outer.add(instruction)
            return
        self._building.instructions.append(instruction)
        if keyword in ("ENV", "ARG") and not instruction.onbuild:
            self._building.scope.add(instruction)

    def _begin(self, instruction: Instruction) -> None:
        self._end_stage()
        found = instruction.words
        name = found[2].text if len(found) == 3 else ""
        parent = self._by_name.get(found[0].text.lower())
        scope = Scope(self._given, self.outer, parent.scope if parent else None)
        self._building = _Building(instruction, name, parent, scope, [])

    def _end_stage(self) -> None:
        built = self._building
        if built is None:
            return
        flag = built.instruction.flag("platform")
        platform = ""
        if flag:
            try:
                platform = resolved(flag.value, self.outer.in_from(len(self.preamble)))[0]
            except Malformed:
                platform = flag.value
        stage = Stage(
            len(self.stages),
            built.name,
            built.instruction.words[0],
            platform,
            built.instruction,
            tuple(built.instructions),
            built.parent,
            built.scope,
        )
        self.stages.append(stage)
        if stage.name:
            self._by_name[stage.name.lower()] = stage


def _keyword(text: str, at: int) -> tuple[str, int]:
    """The keyword that stands there, and where its arguments begin."""
    found = _KEYWORD.match(text, at)
    return (found[1].upper(), found.end()) if found else ("", at)


def _place(logical: Logical, offset: int) -> int:
    return logical.source.span(offset, offset).start


def _form(keyword: str, arguments: Source) -> Form:
    if keyword == "HEALTHCHECK":
        kind = _KIND.match(arguments.text)
        arguments = arguments.part(kind.end() if kind else 0, len(arguments.text))
    if not arguments.text.startswith("["):
        return "shell"
    return "shell" if words.json_array(arguments) is None else "exec"
