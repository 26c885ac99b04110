from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.dockerfiles.pieces import Command, Flag, Redirection, Source, Span, Word

FILE = "0123456789" * 6


@st.composite
def sources(draw: st.DrawFn) -> Source:
    """A source of one to five pieces of FILE, none of them empty, with gaps between them."""
    pieces, at = [], 0
    for gap, length in draw(
        st.lists(st.tuples(st.integers(0, 4), st.integers(1, 6)), min_size=1, max_size=5)
    ):
        pieces.append((at + gap, at + gap + length))
        at += gap + length
    offsets, offset = [], 0
    for start, end in pieces:
        offsets.append(offset)
        offset += end - start
    text = "".join(FILE[start:end] for start, end in pieces)
    return Source(text, tuple(offsets), tuple(start for start, _ in pieces))


@st.composite
def parts(draw: st.DrawFn) -> tuple[Source, int, int]:
    """A source, and where a piece of its text that is not empty begins and ends."""
    source = draw(sources())
    start = draw(st.integers(0, len(source.text) - 1))
    return source, start, draw(st.integers(start + 1, len(source.text)))


@given(parts())
def test_a_piece_begins_and_ends_at_the_places_of_its_first_and_last_character(
    part: tuple[Source, int, int],
) -> None:
    source, start, end = part
    span = source.span(start, end)
    assert FILE[span.start] == source.text[start]
    assert FILE[span.end - 1] == source.text[end - 1]
    assert end - start <= span.end - span.start


@given(parts())
def test_every_character_of_a_part_stands_where_it_stood(part: tuple[Source, int, int]) -> None:
    source, start, end = part
    inner = source.part(start, end)
    assert inner.text == source.text[start:end]
    assert [inner.span(at, at + 1) for at in range(len(inner.text))] == [
        source.span(at, at + 1) for at in range(start, end)
    ]
    assert inner.span(0, len(inner.text)) == source.span(start, end)


@given(parts(), st.data())
def test_a_part_of_a_part_is_a_part_of_the_whole(
    part: tuple[Source, int, int], data: st.DataObject
) -> None:
    source, start, end = part
    first = data.draw(st.integers(0, end - start - 1))
    last = data.draw(st.integers(first + 1, end - start))
    inner = source.part(start, end).part(first, last)
    assert inner.text == source.text[start + first : start + last]
    assert inner.span(0, last - first) == source.span(start + first, start + last)


@given(sources(), st.data())
def test_places_that_follow_each_other_are_those_of_each_alone(
    source: Source, data: st.DataObject
) -> None:
    bounds = data.draw(st.lists(st.integers(0, len(source.text)), max_size=12).map(sorted))
    places = list(zip(bounds[::2], bounds[1::2], strict=False))
    places = [(start, end) for start, end in places if start < end]
    assert source.spans(places) == [source.span(*place) for place in places]


@given(sources(), st.data())
def test_what_is_empty_has_a_place_too(source: Source, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(source.text)))
    span = source.span(at, at)
    assert span.start == span.end
    assert source.places[0] <= span.start <= len(FILE)
    assert source.part(at, at).text == ""


def test_a_text_whose_escapes_are_resolved_stands_at_one_place_altogether() -> None:
    source = Source("resolved", whole=Span(3, 20))
    assert (source.span(0, 1), source.part(2, 5).span(1, 2)) == (Span(3, 20), Span(3, 20))


@pytest.mark.parametrize(
    ("value", "options"),
    [
        ("", {}),
        (",", {}),
        ("type=cache,target=/root", {"type": "cache", "target": "/root"}),
        ("type=bind,ro", {"type": "bind", "ro": ""}),
        ("id=a=b", {"id": "a=b"}),
        (" type = cache ", {"type": " cache "}),
        ("a=1,a=2", {"a": "2"}),
    ],
)
def test_the_options_of_a_flag_are_its_pairs(value: str, options: dict[str, str]) -> None:
    assert Flag("mount", value, Span(0, 0)).options == options


def test_a_command_reaches_over_all_that_is_written_for_it() -> None:
    def word(text: str, at: int) -> Word:
        return Word(text, Span(at, at + len(text)))

    command = Command(
        (word("/bin/a", 12), word("b", 20)),
        assignments=(word("C=1", 5),),
        redirections=(Redirection(">", word("log", 30)),),
        wrappers=(word("sudo", 0),),
    )
    assert (command.span, command.program, command.arguments) == (Span(0, 33), "a", ("b",))


def test_a_command_of_nothing_has_neither_a_program_nor_a_place() -> None:
    assert (Command(()).program, Command(()).arguments, Command(()).span) == ("", (), Span(0, 0))


def test_the_words_of_a_plain_command_stand_where_they_are_written() -> None:
    source = Source("a && rm  -rf /x", (0, 8), (10, 40))
    plain = Command.plain(("rm", "-rf", "/x"), source, 4, 15, "&&")
    words = (
        Word("rm", Span(15, 17)),
        Word("-rf", Span(41, 44)),
        Word("/x", Span(45, 47)),
    )
    assert plain == Command(words, operator="&&")
    assert hash(plain) == hash(Command(words, operator="&&"))
    assert repr(plain) == repr(Command(words, operator="&&"))
    assert (plain.texts, plain.program, plain.span) == (("rm", "-rf", "/x"), "rm", Span(15, 47))
