"""What a RUN with heredocs runs: the script that a heredoc is, where a shell reads it."""

from __future__ import annotations

import re

from argosy.dockerfiles import shell
from argosy.dockerfiles.pieces import SHELLS, Command, Heredoc, Source, Word
from argosy.dockerfiles.unwrapping import unwrapped
from argosy.dockerfiles.variables import Lookup

_SHEBANG = re.compile(r"#![ \t]*([^\n]*)")
_WORD = re.compile(r"\S+")


def run_commands(
    source: Source, heredocs: tuple[Heredoc, ...], lookup: Lookup
) -> tuple[Command, ...]:
    """The commands of the line, with those of a heredoc in place of the shell that reads it.

    A heredoc that another program reads, ``python`` or ``cat``, is no text of a shell.
    """
    by_name = {heredoc.name: heredoc for heredoc in heredocs}
    found: list[Command] = []
    for command in shell.commands(source, lookup):
        read = [one for one in command.redirections if one.operator.lstrip("0123456789") in _HERE]
        heredoc = by_name.get(read[-1].target.text) if read else None
        if heredoc is not None and _reads_a_script(command):
            found += _script(heredoc, lookup)
        else:
            found.append(command)
    return tuple(found)


_HERE = ("<<", "<<-")


def _reads_a_script(command: Command) -> bool:
    if not command.words:
        return True
    return command.program in SHELLS and all(
        word.text.startswith(("-", "+")) for word in command.words[1:]
    )


def _script(heredoc: Heredoc, lookup: Lookup) -> tuple[Command, ...]:
    start = heredoc.span.start
    shebang = _SHEBANG.match(heredoc.body)
    if shebang is None:
        return shell.commands(Source(heredoc.body, places=(start,)), lookup)
    words = tuple(
        Word(one[0], Source("", places=(start + shebang.start(1),)).span(*one.span()))
        for one in _WORD.finditer(shebang[1])
    )
    command = unwrapped(Command(words))
    if command.program in SHELLS:
        return shell.commands(Source(heredoc.body, places=(start,)), lookup)
    return (command,) if words else ()
