from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.dockerfiles.pieces import Span, Word
from argosy.dockerfiles.shell_tokens import substitutions, tokens, unquoted

PIECES = [
    "a", " ", "\t", "\n", "\r\n", "\\\n", "\\", "'", '"', "`", "$", "$(", "${", "}", "(", ")", "<(",
    "&&", "||", "|", ";", ";;", "&", "<<E", "<<-'E'", "E\n", ">", "2>&1", "#", "é",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


def shown(text: str) -> list[tuple[str, str]]:
    return [(kind, text[start:end]) for kind, start, end in tokens(text)]


@given(TEXTS)
def test_between_tokens_there_are_blanks_and_heredocs_alone(text: str) -> None:
    at, has_heredoc = 0, False
    for _, start, end in tokens(text):
        between = text[at:start]
        assert at <= start < end <= len(text)
        assert has_heredoc or not between.replace("\\\n", "").replace("\\\r\n", "").strip()
        has_heredoc = has_heredoc or "<<" in text[start:end]
        at = end
    assert has_heredoc or not text[at:].replace("\\\n", "").replace("\\\r\n", "").strip()


@given(TEXTS)
def test_what_is_substituted_lies_inside_of_its_word(text: str) -> None:
    at = 0
    for start, end in substitutions(text, 0, len(text)):
        assert at <= start <= end <= len(text)
        assert text[start - 2 : start] == "$("
        at = end


@given(st.text(alphabet="ab é\n\"'\\$`{}", max_size=20))
def test_a_word_in_single_quotes_is_what_stands_in_them(text: str) -> None:
    inner = text.replace("'", "")
    found = unquoted(f"'{inner}'", Span(0, 0), {"a": "x", "b": "y"}.get)
    assert (found.text, found.quoted) == (inner, True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" \t\\\n ", []),
        ("a&&b", [("word", "a"), ("operator", "&&"), ("word", "b")]),
        ("a #b\nc#d", [("word", "a"), ("comment", "#b"), ("newline", "\n"), ("word", "c#d")]),
        ("a;#b", [("word", "a"), ("operator", ";"), ("comment", "#b")]),
        ("a 2>&1 &>b", [("word", "a"), ("redirection", "2>&"), ("word", "1"),
                        ("redirection", "&>"), ("word", "b")]),
        ("a$(b)c", [("word", "a"), ("substitution", "$(b)"), ("word", "c")]),
        ("<(a ')' b)", [("substitution", "<(a ')' b)")]),
        ("$(a", [("substitution", "$(a")]),
        ("'a b", [("word", "'a b")]),
        ('"a b\\', [("word", '"a b\\')]),
        ("${a b}", [("word", "${a b}")]),
        ("`a b`", [("word", "`a b`")]),
        ("a\\ b", [("word", "a\\ b")]),
        ("a <<E\n; b\nE\nc", [("word", "a"), ("redirection", "<<"), ("word", "E"),
                              ("newline", "\n"), ("word", "c")]),
        ("a <<-E\n\tE\nc", [("word", "a"), ("redirection", "<<-"), ("word", "E"),
                            ("newline", "\n"), ("word", "c")]),
        ("a <<E\r\nb\r\nE\r\nc", [("word", "a"), ("redirection", "<<"), ("word", "E"),
                                  ("newline", "\n"), ("word", "c")]),
        ("a <<E\nb", [("word", "a"), ("redirection", "<<"), ("word", "E"), ("newline", "\n")]),
        ("a <<<E\nb", [("word", "a"), ("redirection", "<<<"), ("word", "E"), ("newline", "\n"),
                       ("word", "b")]),
    ],
)  # fmt: skip
def test_a_shells_text_is_told_apart(text: str, found: list[tuple[str, str]]) -> None:
    assert shown(text) == found


@pytest.mark.parametrize(
    ("written", "text", "quoted"),
    [
        ("a", "a", False),
        ("'$A'", "$A", True),
        ('"$A ${A}"', "x x", True),
        ("$A$B", "x$B", False),
        ("$AB", "$AB", False),
        ("${A:-b}", "${A:-b}", False),
        ("a\\ b\\\nc", "a bc", False),
        ('"\\a\\"\\$A"', '\\a"$A', True),
        ("a'b'\"c\"", "abc", True),
        ("'never", "never", True),
        ('"never', "never", True),
        ("''", "", True),
        ("a\\", "a\\", False),
        ("$", "$", False),
        ("é$é", "é$é", False),
    ],
)
def test_quotes_go_and_what_is_known_is_filled_in(written: str, text: str, quoted: bool) -> None:
    assert unquoted(written, Span(3, 9), {"A": "x"}.get) == Word(text, Span(3, 9), quoted)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"$(a)"', ["a"]),
        ('"$(a "$(b)")"', ['a "$(b)"']),
        ('"$(a) $(b)"', ["a", "b"]),
        ('"\\$(a)"', []),
        ("'$(a)'", []),
        ('"$()"', [""]),
    ],
)
def test_substitutions_in_quotes_are_found(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in substitutions(text, 0, len(text))] == found


@pytest.mark.parametrize("piece", ['"$(', "$(", "'", '"', "`", "${", "\\", "<<E ", "(", "a<(b "])
def test_what_is_never_closed_takes_no_more_time_than_its_length(piece: str) -> None:
    started = time.process_time()
    assert list(tokens(piece * 5000))
    assert time.process_time() - started < 3
