from __future__ import annotations

from pathlib import Path

import pytest

from argosy.dockerfiles.parse import parse
from argosy.dockerfiles.pieces import Command, Source
from argosy.dockerfiles.running import run_commands


def run(line: str, body: str = "one\ntwo\n", **known: str) -> tuple[str, tuple[Command, ...]]:
    """A Dockerfile's text whose RUN is a line with the heredoc E, and what it runs."""
    text = f"FROM a\nRUN {line}\n{body}E\n"
    (instruction,) = parse(text, Path("Dockerfile")).final.instructions
    return text, run_commands(instruction.source, instruction.heredocs, known.get)


def shown(found: tuple[Command, ...]) -> list[str]:
    return [" ".join(word.text for word in one.words) for one in found]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("<<E", ["one", "two"]),
        ("<<-E", ["one", "two"]),
        ("0<<E", ["one", "two"]),
        ("<<E sh", ["one", "two"]),
        ("bash -eux <<'E'", ["one", "two"]),
        ("exec bash +x <<E", ["one", "two"]),
        ("bash script.sh <<E", ["bash script.sh"]),
        ("python3 <<E", ["python3"]),
        ("python3 - <<E", ["python3 -"]),
        ("cat <<E > /x && sh /x", ["cat", "sh /x"]),
        ("before && <<E && after", ["before", "one", "two", "after"]),
    ],
)
def test_a_heredoc_that_a_shell_reads_runs_in_its_place(line: str, found: list[str]) -> None:
    assert shown(run(line)[1]) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("#!/bin/sh\none\n", ["one"]),
        ("#!/bin/bash -e\r\none\r\n", ["one"]),
        ("#!/usr/bin/env bash\none\n", ["one"]),
        ("#!/usr/bin/env python3\none\n", ["python3"]),
        ("#! /usr/bin/perl -w\none\n", ["/usr/bin/perl -w"]),
        ("#!\none\n", []),
        ("# one\n\n", []),
        ("", []),
        ("one 'never closed\n", ["one never closed\n"]),
        ("é \\\n  ü\n", ["é ü"]),
    ],
)
def test_the_first_line_of_a_script_says_who_reads_it(body: str, found: list[str]) -> None:
    assert shown(run("<<E", body)[1]) == found


def test_words_of_a_script_stand_where_they_stand_in_the_file() -> None:
    for body in ("\tone \\\n\t  'two'\n", "#!/usr/bin/env python3\n"):
        text, found = run("<<-E", body)
        for command in found:
            for word in command.words:
                assert text[word.span.start : word.span.end].strip("'") == word.text


def test_variables_that_are_known_are_filled_in() -> None:
    assert shown(run("<<E", "one $A $B\n", A="x")[1]) == ["one x $B"]


def test_without_its_heredoc_a_line_is_as_it_stands() -> None:
    assert shown(run_commands(Source("sh <<E && a"), (), lambda _: None)) == ["sh", "a"]
