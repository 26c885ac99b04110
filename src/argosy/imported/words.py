"""What a service runs: `entrypoint` and `command` as words, and the flags among them. No I/O."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from argosy.compose_files import variables
from argosy.compose_files.secrets import looks_secret
from argosy.compose_files.shells import script_of
from argosy.compose_files.tree import Value
from argosy.stack.document import Keys

_OPERATORS = ("&&", ";", "||", "|")
_CONTROL = re.compile(r"(&&|\|\||;|\n)")


@dataclass(frozen=True)
class Word:
    """One word of a command line, whose value lies at ``path`` of the service.

    ``text`` has its variables filled in, to be understood; ``raw`` is as a stack file has it.
    """

    text: str
    raw: str
    path: Keys


@dataclass(frozen=True)
class Flag:
    """``--name value``, ``--name=value`` or ``--name`` alone. ``path`` is that of its first word.

    ``paths`` are those of all its words.
    """

    name: str
    values: tuple[Word, ...]
    paths: tuple[Keys, ...]

    @property
    def text(self) -> str:
        """Its first value; empty where it has none."""
        return self.values[0].text if self.values else ""

    @property
    def path(self) -> Keys:
        """Of its name."""
        return self.paths[0]


def words(value: Value | None, path: Keys, known: Mapping[str, str]) -> tuple[Word, ...]:
    """The words of a list, or of a text, which Compose splits as a shell does."""
    if value is None:
        return ()
    if value.items:
        return tuple(
            Word(_fill(one.text, known), variables.rewrite(one.text, known), (*path, str(index)))
            for index, one in enumerate(value.items)
        )
    filled = _split(_fill(value.text, known))
    raw = _split(variables.rewrite(value.text, known))
    same = _same(filled, raw, known)
    return tuple(
        Word(text, raw[index] if same else text.replace("$", "$$"), path)
        for index, text in enumerate(filled)
    )


def without_shell(given: Sequence[Word], programs: Iterable[str]) -> tuple[Word, ...]:
    """The words that run in the end: what ``sh -c "…"`` says, from the first of the programs on.

    Of a script with several commands, the one with one of the ``programs`` is meant.
    """
    found = tuple(given)
    while found and _program(found[0].text) == "exec":
        found = found[1:]
    script = _script(found)
    if script is not None:
        return _command_with(_in_script(script), tuple(programs))
    if any(one.text in _OPERATORS for one in found):
        return _command_with(found, tuple(programs))
    return found


def beside(given: Sequence[Word], programs: Iterable[str]) -> tuple[str, ...]:
    """What a script does besides, a text for each of its other commands; values are left out."""
    names = tuple(programs)
    kept = [one.text for one in without_shell(given, names)]
    script = _script(given)
    if script is None:
        return ()
    others = []
    for group in _commands(_in_script(script)):
        texts = [one.text for one in group]
        if texts[-len(kept) :] != kept:
            shown = " ".join(re.sub(r"=.*", "=…", text) for text in texts)
            others.append(texts[0] if looks_secret("", " ".join(texts)) else shown)
    return tuple(others)


def _script(given: Sequence[Word]) -> Word | None:
    """What is given to a shell with ``-c``."""
    index = script_of([one.text for one in given])
    return given[index] if index is not None else None


def _in_script(script: Word) -> tuple[Word, ...]:
    text, raw = (
        _split(_CONTROL.sub(r" \1 ", one.replace("\\\n", " ")).replace("\n", " ; "))
        for one in (script.text, script.raw)
    )
    same = len(text) == len(raw)
    return tuple(
        replace(script, text=one, raw=raw[index] if same else one) for index, one in enumerate(text)
    )


def _command_with(every: tuple[Word, ...], programs: tuple[str, ...]) -> tuple[Word, ...]:
    groups = _commands(every)
    for group in groups:
        start = 1 if _program(group[0].text) == "exec" else 0
        if any(_program(one.text) in programs for one in group):
            return group[start:]
    return groups[-1] if groups else ()


def _commands(every: tuple[Word, ...]) -> list[tuple[Word, ...]]:
    """The words of each command of a script."""
    return [
        tuple(group)
        for ends, group in itertools.groupby(every, lambda one: one.text in _OPERATORS)
        if not ends
    ]


def flags(given: Sequence[Word], *, alone: str) -> tuple[list[Flag], list[Word]]:
    """Flags with their values, and the words before the first flag.

    A word that begins with - and a letter begins a flag. Those like the pattern ``alone`` take no
    value. An unknown variable behind a value may stand for anything: it is given as a flag.
    """
    found: list[Flag] = []
    before: list[Word] = []
    for word in given:
        name, equals, value = word.text.partition("=")
        if re.match(r"--?[A-Za-z]", word.text):
            raw = word.raw.partition("=")[2]
            values = (replace(word, text=value, raw=raw),) if equals else ()
            found.append(Flag(name, values, (word.path,)))
        elif found and found[-1].values and re.fullmatch(r"\$\{\w+\}", word.text):
            found.append(Flag(word.text, (), (word.path,)))
        elif not found or re.fullmatch(alone, found[-1].name):
            before.append(word)
        else:
            last = found[-1]
            found[-1] = Flag(last.name, (*last.values, word), (*last.paths, word.path))
    return found, before


def _same(filled: Sequence[str], raw: Sequence[str], known: Mapping[str, str]) -> bool:
    """Whether each word is what its raw form stands for; a variable can hold several words."""
    return [variables.fill(one, known) for one in raw] == list(filled)


def _program(text: str) -> str:
    return text.rpartition("/")[2]


def _fill(text: str, known: Mapping[str, str]) -> str:
    return variables.fill(text, known)


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote that is never closed
        return text.split()
