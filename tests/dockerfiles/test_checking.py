from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.dockerfiles.checking import Mistake, wrong_arguments
from argosy.dockerfiles.keywords import KEYWORDS, MAY_BE_EMPTY
from argosy.dockerfiles.pieces import Source, Span
from argosy.dockerfiles.scope import Scope
from argosy.dockerfiles.syntax import Form, Instruction
from argosy.dockerfiles.variables import Malformed

AT = 100
PAIRS = st.text(alphabet="aB=$ {}'\"\\`\té", max_size=16)


def instruction(keyword: str, text: str, form: Form = "shell") -> Instruction:
    """One whose arguments stand 10 behind its keyword, which stands at AT."""
    span = Span(AT, AT + 10 + len(text))
    source = Source(text, places=(AT + 10,))
    return Instruction(keyword, span, 1, (), form, (), False, source, 0, Scope({}))


def check(keyword: str, text: str, form: Form = "shell") -> Mistake | None:
    return wrong_arguments(instruction(keyword, text, form))


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("FROM", "a"),
        ("FROM", "a:1@sha256:b as B.c-d_e"),
        ("FROM", "$A AS b"),
        ("COPY", "a b"),
        ("COPY", "a\tb c"),
        ("ADD", "$A $B"),
        ("ENV", "A b c"),
        ("ENV", "A=1 B='c d' C=\"$D e\" F=${G:-h}"),
        ("ENV", "A="),
        ("LABEL", "a.b='c'"),
        ("LABEL", '"a b"=c'),
        ("ARG", "A B=1"),
        ("HEALTHCHECK", "none"),
        ("HEALTHCHECK", "cmd a"),
        ("USER", "a:b"),
        ("EXPOSE", "80 81/udp"),
        ("RUN", "it's never closed"),
    ],
)
def test_what_docker_takes_is_right(keyword: str, text: str) -> None:
    assert check(keyword, text) is None


@pytest.mark.parametrize(
    ("keyword", "text", "what", "at"),
    [
        ("FROM", "a b", "It takes an image, or an image AS a name", 0),
        ("FROM", "a AS b c", "It takes an image, or an image AS a name", 0),
        ("FROM", "a BS b", "It takes an image, or an image AS a name", 0),
        ("FROM", "''", "The image's name comes to nothing", 10),
        ("FROM", "a AS -b", "-b cannot be the name of a stage", 15),
        ("FROM", "a AS é", "é cannot be the name of a stage", 15),
        ("COPY", "a", "It needs what to take and where to", 0),
        ("ENV", "A", "A has no value", 0),
        ("ENV", "A=1 B", "B has no =", 14),
        ("ENV", "A=b c d", "c has no =", 14),
        ("ENV", "=1", "A name is missing before =", 10),
        ("ARG", "A =1", "A name is missing before =", 12),
        ("LABEL", "a=1 b=2 c", "c has no =", 18),
        ("HEALTHCHECK", "CMD", "CMD needs a command", 0),
        ("HEALTHCHECK", "none a", "NONE stands alone", 0),
        ("HEALTHCHECK", "x" * 99, f"It takes CMD or NONE, not {'x' * 20}", 0),
        ("SHELL", "sh -c", "It needs a JSON array", 0),
    ],
)
def test_what_docker_refuses_is_told_at_its_place(
    keyword: str, text: str, what: str, at: int
) -> None:
    found = check(keyword, text)
    assert found is not None
    assert (found.what, found.at, found.keyword) == (what, AT + at, keyword)


def test_a_shell_of_no_words_is_none() -> None:
    assert check("SHELL", "[]", "exec") is not None
    assert check("SHELL", '["sh"]', "exec") is None


@pytest.mark.parametrize("keyword", sorted(set(KEYWORDS) - {"ONBUILD"}))
def test_commands_alone_may_be_empty(keyword: str) -> None:
    assert (check(keyword, "") is None) is (keyword in MAY_BE_EMPTY)


@pytest.mark.parametrize(
    ("keyword", "text", "offset"),
    [
        ("USER", "a'b", 1),
        ("WORKDIR", '/a "b', 3),
        ("ENV", "A=1 B=${c", 6),
        ("LABEL", "a=b 'c", 4),
        ("EXPOSE", "80 ${}", 3),
        ("VOLUME", "a '", 2),
        ("ENV", "'='", 0),  # parted at =, as Docker does, neither side has a whole quote
    ],
)
def test_a_quote_or_a_brace_that_is_never_closed_is_told(
    keyword: str, text: str, offset: int
) -> None:
    with pytest.raises(Malformed) as caught:
        check(keyword, text)
    assert caught.value.offset == offset


@given(st.sampled_from(["ENV", "LABEL", "ARG", "USER", "EXPOSE", "COPY"]), PAIRS)
def test_what_is_right_at_a_glance_can_be_taken_apart(keyword: str, text: str) -> None:
    one = instruction(keyword, text.strip())
    at = place(one)
    assert at is None or one.span.start <= at <= one.span.end
    if at is None:
        spans = [word.span for word in (*one.words, *one.environment.values())]
        assert all(one.span.start <= span.start <= span.end <= one.span.end for span in spans)


def place(one: Instruction) -> int | None:
    """Where an instruction is wrong; None where it is right."""
    try:
        found = wrong_arguments(one)
    except Malformed as error:
        return one.source.span(error.offset, error.offset).start
    return found.at if found else None
