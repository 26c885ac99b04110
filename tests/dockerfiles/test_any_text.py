"""Whatever the text: a Dockerfile, or mistakes at places; nothing lost, nothing slow."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from argosy.dockerfiles.parse import parse
from argosy.dockerfiles.syntax import Dockerfile, Span
from argosy.errors import DockerfileError, Problem

FILE = Path("Dockerfile")
CORPUS = [
    path.read_bytes().decode() for path in sorted((Path(__file__).parent / "corpus").glob("*.D*"))
]
PIECES = [
    "FROM ", "FROM a\n", "FROM a AS b\n", "RUN ", "ENV ", "ARG ", "COPY ", "CMD ", "ONBUILD ",
    "HEALTHCHECK ", "LABEL ", "SHELL ", "--from=", "<<EOF", "<<-'E'", "EOF", "\n", "\\\n", "\\",
    "`", "'", '"', "$", "${", "}", "$A", "${A:-", "${A#", "/", "A=", " ", "\t", "\r\n", "#", "[",
    "]", '["a"]', ",", "&&", "|", ";", "(", ")", "$(", "sh -c ", "a", "é", "\ufeff",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def read(text: str) -> Dockerfile | None:
    """The Dockerfile, all of it asked for; None where it has mistakes, at places in the text."""
    try:
        made = parse(text, FILE)
    except DockerfileError as error:
        assert_at_places(error.problems, text)
        return None
    for instruction in made.instructions:
        spans = [word.span for word in instruction.words]
        spans += [flag.span for flag in instruction.flags]
        spans += [heredoc.span for heredoc in instruction.heredocs]
        spans += [word.span for command in instruction.commands for word in command.words]
        spans += [word.span for word in instruction.environment.values()]
        for span in spans:
            assert instruction.span.start <= span.start <= span.end <= instruction.span.end
    for stage in made.stages:
        assert stage.environment is not None
        assert stage.lineage is not None
    return made


def assert_at_places(problems: tuple[Problem, ...], text: str) -> None:
    lines = text.split("\n")
    assert problems
    for problem in problems:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1


def assert_nothing_is_lost(made: Dockerfile) -> None:
    """Between the instructions there are comments and blanks alone."""
    spans = [one.span for one in made.instructions]
    spans += [Span(len(made.text), len(made.text))]
    at, joined = 0, ""
    for span in spans:
        between = made.text[at : span.start]
        assert at <= span.start
        assert all(
            not line.strip("\ufeff \t\r\f\v").strip() or line.lstrip("\ufeff").lstrip()[0] == "#"
            for line in between.split("\n")
        )
        joined += between + made.text[span.start : span.end]
        at = span.end
    assert joined == made.text


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_pieces_of_dockerfiles_in_any_order_are_read_or_refused(text: str) -> None:
    made = read(f"FROM a\n{text}")
    if made is not None:
        assert_nothing_is_lost(made)
    read(text)


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    read(text)
    read(f"FROM a\nRUN {text}")


@given(
    st.sampled_from(CORPUS),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.sampled_from(PIECES)), max_size=4),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_dockerfile_with_changes_anywhere_is_read_or_refused(
    text: str, changes: list[tuple[float, int, str]]
) -> None:
    for where, length, piece in changes:
        at = int(where * len(text))
        text = text[:at] + piece + text[at + length :]
    made = read(text)
    if made is not None:
        assert_nothing_is_lost(made)


@pytest.mark.parametrize("text", CORPUS)
def test_a_dockerfile_cut_off_anywhere_is_read_or_refused(text: str) -> None:
    for end in range(0, len(text), 7):
        made = read(text[:end])
        if made is not None:
            assert_nothing_is_lost(made)


@pytest.mark.parametrize("text", CORPUS)
def test_the_instructions_of_a_dockerfile_and_what_is_between_them_are_its_text(text: str) -> None:
    assert_nothing_is_lost(parse(text, FILE))


@pytest.mark.parametrize(
    "text",
    [
        "RUN " + "a && b\\\n" * 1000,
        "RUN x\nENV A=1 B=$A\n" * 1000,
        "RUN " + "sh -c '" * 1000,
        "RUN " + "$(" * 5000,
        'RUN "' + "$(" * 5000,
        "RUN " + '"$(" ' * 2000,
        "RUN " + "(" * 10000,
        "RUN " + "[" * 10000,
        "RUN " + '"\\"' * 3000,
        "RUN " + "<<E " * 1000 + "\n" + "E\n" * 1000,
        "RUN <<E\n" + "cat <<F\n" * 2000 + "E\n",
        "ENV A=" + "${a:-" * 2000,
        "ENV A=" + "'\"" * 5000,
        "USER " + "a" * 10000,
    ],
    ids=lambda text: re.sub(r"\s+", " ", text[:20]),
)
def test_long_and_deep_texts_are_read_in_a_moment(text: str) -> None:
    started = time.process_time()
    read(f"FROM a\n{text}")
    assert time.process_time() - started < 3
