from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.dockerfiles import words
from argosy.dockerfiles.pieces import Source, Span, Word
from argosy.dockerfiles.variables import Malformed

ANY = st.text(alphabet="ab =-<'\"\\`$[]{}\t\né", max_size=40)
ESCAPES = st.sampled_from(["\\", "`"])


def pieces(text: str, places: list[tuple[int, int]]) -> list[str]:
    return [text[start:end] for start, end in places]


def assert_in_order_with_blanks_between(text: str, places: list[tuple[int, int]]) -> None:
    at = 0
    for start, end in places:
        assert at <= start < end
        assert not text[at:start].strip()
        at = end
    assert not text[at:].strip()


@given(ANY, ESCAPES)
def test_words_and_the_blanks_between_them_are_all_of_the_text(text: str, escape: str) -> None:
    source = Source(text)
    assert_in_order_with_blanks_between(text, words.shell_separated(source, escape))
    assert_in_order_with_blanks_between(text, words.blank_separated(source))
    stripped = text.strip()
    assert_in_order_with_blanks_between(stripped, words.legacy_pair(Source(stripped)))


@given(ANY, ESCAPES)
def test_flags_end_where_the_arguments_begin(text: str, escape: str) -> None:
    whole = f"--a {text}"
    found, at = words.flags(Source(whole), 0, escape)
    assert found
    assert all(whole.startswith("--", one.span.start) for one in found)
    between = whole[found[-1].span.end : at]
    assert between.strip() in ("", "--")
    assert between.strip() == "--" or not whole.startswith("--", at)


@pytest.mark.parametrize(
    ("text", "found", "rest"),
    [
        ("--link a", [("link", "")], "a"),
        ("--from=a\t\t--link\tb", [("from", "a"), ("link", "")], "b"),
        ("--chown='a b':c d", [("chown", "a b:c")], "d"),
        ("--a=\\-- b", [("a", "--")], "b"),
        ("--a='never closed b", [("a", "never closed b")], ""),
        ("-- --a", [], "--a"),
        ("--a -- --b", [("a", "")], "--b"),
        ("--=x a", [("", "x")], "a"),
        ("a --b", [], "a --b"),
        ("", [], ""),
    ],
)
def test_flags_have_names_and_values(text: str, found: list[tuple[str, str]], rest: str) -> None:
    flags, at = words.flags(Source(text), 0, "\\")
    assert [(one.name, one.value) for one in flags] == found
    assert text[at:] == rest


@given(st.lists(st.text(max_size=8), max_size=5), st.booleans(), st.integers(0, 3))
def test_an_array_of_strings_gives_them_back_each_at_its_place(
    values: list[str], ascii_only: bool, indent: int
) -> None:
    text = json.dumps(values, ensure_ascii=ascii_only, indent=indent or None)
    found = words.json_array(Source(text))
    assert found is not None
    assert [one.text for one in found] == values
    assert [json.loads(text[one.span.start : one.span.end]) for one in found] == values
    assert all(one.quoted for one in found)


@pytest.mark.parametrize(
    "text", ["", "a", '"a"', "['a']", '["a"', '["a"] b', '["a",]', "[" * 100_000, '{"a": "b"}']
)
def test_what_is_no_array_is_the_text_of_a_shell(text: str) -> None:
    assert words.json_array(Source(text)) is None


@pytest.mark.parametrize("text", ["[1]", '["a", null]', '[["a"]]', "[{}]", "[NaN]"])
def test_an_array_of_anything_but_strings_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="strings alone"):
        words.json_array(Source(text))


@pytest.mark.parametrize(
    ("text", "escape", "found"),
    [
        ("A=b C='d e'", "\\", ["A=b", "C='d e'"]),
        ('A="b \\" c" D', "\\", ['A="b \\" c"', "D"]),
        ("A=b\\ c D", "\\", ["A=b\\ c", "D"]),
        ("A=b` c D", "`", ["A=b` c", "D"]),
        ("A=b\\ c", "`", ["A=b\\", "c"]),
        ("A='b c", "\\", ["A='b c"]),
        ('A="b c', "\\", ['A="b c']),
        ("A=b\\", "\\", ["A=b\\"]),
        ("\u00a0A\u2003B", "\\", ["A", "B"]),
        (" \t ", "\\", []),
    ],
)
def test_a_quote_or_an_escape_holds_a_word_together(
    text: str, escape: str, found: list[str]
) -> None:
    assert pieces(text, words.shell_separated(Source(text), escape)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("'a b' c", ["'a", "b'", "c"]),
        ("<< EOF a", ["<< EOF", "a"]),
        ("<<- EOF a", ["<<- EOF", "a"]),
        ("3<< A << B c", ["3<< A", "<< B", "c"]),
        ("<<EOF a", ["<<EOF", "a"]),
        ("<<", ["<<"]),
    ],
)
def test_blanks_part_words_but_not_a_heredoc_from_its_name(text: str, found: list[str]) -> None:
    assert pieces(text, words.blank_separated(Source(text))) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("", []), ("A", ["A"]), ("A  ", ["A"]), ("A  b 'c", ["A", "b 'c"]), ("A\tb", ["A", "b"])],
)
def test_all_behind_the_first_blank_is_the_value_of_an_old_pair(
    text: str, found: list[str]
) -> None:
    assert pieces(text, words.legacy_pair(Source(text))) == found


@pytest.mark.parametrize(
    ("text", "found"), [("A=b=c", ["A", "b=c"]), ("A", ["A"]), ("=b", ["", "b"]), ("A=", ["A", ""])]
)
def test_the_first_equals_sign_parts_a_pair(text: str, found: list[str]) -> None:
    assert pieces(text, words.pair(Source(text), 0, len(text))) == found


def test_a_word_is_resolved_and_knows_where_it_was_written() -> None:
    source = Source("x 'a b'$C y", places=(100,))
    one = words.word(source, 2, 9, {"C": "d"}.get, "\\")
    assert one == Word("a bd", Span(102, 109), True)
    assert words.as_written(source, 2, 9) == Word("'a b'$C", Span(102, 109), False)


def test_a_quote_that_is_never_closed_is_told_by_its_place_in_the_instruction() -> None:
    with pytest.raises(Malformed, match="never closed") as caught:
        words.word(Source("a b'c"), 2, 5, lambda _: None, "\\")
    assert caught.value.offset == 3


def test_a_string_of_an_array_is_resolved_once_more() -> None:
    (one,) = words.json_array(Source("[\"'a'$B\"]")) or ()
    again = words.resolved_again(one, {"B": "c"}.get, "\\")
    assert (again.text, again.span, again.quoted) == ("ac", one.span, True)
