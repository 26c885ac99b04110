from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.lint.finding import At
from argosy.lint.project.command import Argument, CommandLine, in_shell, split

FILE = Path("compose.yaml")
START = 50
TEXTS = st.text(alphabet="ab -='\"\\\t\né😀", max_size=40)


def line(text: str) -> CommandLine:
    """A command line as the file has it, from START on."""
    return CommandLine(split(text, text, At(FILE, START, START + len(text))))


def shown(command: CommandLine) -> list[str]:
    return [one.text for one in command.arguments]


@given(TEXTS)
def test_words_stand_inside_of_their_scalar(text: str) -> None:
    whole = At(FILE, START, START + len(text))
    for one in line(text).arguments:
        assert whole.start <= one.at.start <= one.at.end <= whole.end
        if one.at != whole:
            assert text[one.at.start - START : one.at.end - START] == one.text


@given(TEXTS)
def test_flags_and_their_values_stand_inside_of_their_scalar(text: str) -> None:
    for one in line(text).flags:
        assert START <= one.at.start <= one.at.end <= START + len(text)
        assert one.name.startswith("-")
        if one.value_at is not None:
            assert START <= one.value_at.start <= one.value_at.end <= START + len(text)


@given(st.lists(st.text(alphabet="ab-=/.:é", min_size=1, max_size=6), max_size=6))
def test_plain_words_come_back_each_at_its_own_place(words: list[str]) -> None:
    found = line("  ".join(words)).arguments
    assert [one.text for one in found] == words
    starts = [one.at.start for one in found]
    assert starts == sorted(set(starts))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \t\n ", []),
        ("a 'b c' \"d e\"", ["a", "b c", "d e"]),
        ("a\\ b", ["a b"]),
        ('"a \\" b"', ['a \\" b']),
        ("'a b", ["a b"]),
        ('"a b', ["a b"]),
        ("a\\", ["a"]),
        ("--a='b c'", ["--a=b c"]),
        ("''", []),
        ("a\r\n  b", ["a", "b"]),
    ],
)
def test_words_are_parted_as_a_shell_does(text: str, words: list[str]) -> None:
    assert shown(line(text)) == words


def test_a_word_that_the_file_has_otherwise_stands_where_its_scalar_stands() -> None:
    at = At(FILE, START, START + 12)
    filled, plain = split("value b", "${A:-x} y b", at)[0], split("a b", "a b", at)[1]
    assert (filled.at, plain.at) == (at, At(FILE, START + 2, START + 3))


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("--a b", [("--a", "b")]),
        ("--a=b", [("--a", "b")]),
        ("--a= b", [("--a", "")]),
        ("--a --b", [("--a", ""), ("--b", "")]),
        ("--a -1", [("--a", "-1")]),
        ("-a b", [("-a", "b")]),
        ("--a && b", [("--a", "")]),
        ("--a b=c", [("--a", "b=c")]),
        ("--a", [("--a", "")]),
        ("-- -", []),
        ("a --1", []),
    ],
)
def test_a_flags_value_is_what_follows_unless_it_is_a_flag(
    text: str, flags: list[tuple[str, str]]
) -> None:
    assert [(one.name, one.value) for one in line(text).flags] == flags


def test_the_place_of_a_value_is_its_own() -> None:
    text = "--a=b --c d"
    found = line(text).flags
    values = [one.value_at for one in found if one.value_at is not None]
    assert [text[one.start - START : one.end - START] for one in values] == ["b", "d"]
    places = [text[one.at.start - START : one.at.end - START] for one in found]
    assert places == ["--a=b", "--c d"]


def test_a_value_of_another_file_is_no_part_of_the_flags_place() -> None:
    flag = Argument("--a", At(Path("Dockerfile"), 3, 6))
    value = Argument("b", At(FILE, 10, 11))
    (found,) = CommandLine((flag, value)).flags
    assert (found.at, found.value_at) == (flag.at, value.at)


def test_the_last_flag_of_a_name_counts_whatever_its_hyphens() -> None:
    command = line("--max-model-len 1 --max_model_len 2 --other 3")
    found = command.flag("--max-model-len")
    assert found is not None
    assert (found.value, found.number) == ("2", 2.0)
    assert command.flag("--none") is None
    assert line("--a b").flags[0].number is None


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("/usr/bin/vllm serve", "/usr/bin/vllm"),
        ("python -m vllm", "vllm"),
        ("vllm-openai", None),
        ("", None),
    ],
)
def test_a_program_is_known_without_its_folder(text: str, program: str | None) -> None:
    found = line(text).runs("vllm", "sglang")
    assert (found.text if found else None) == program


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["sh", "-c", "a && b"], ["a", "&&", "b"]),
        (["/bin/bash", "-lc", "a;b||c"], ["a", ";", "b", "||", "c"]),
        (["sh", "-e", "-c", "a"], ["a"]),
        (["sh", "-c"], ["sh", "-c"]),
        (["sh", "a.sh"], ["sh", "a.sh"]),
        (["python", "-c", "a b"], ["python", "-c", "a b"]),
        ([], []),
    ],
)
def test_the_script_of_a_shell_stands_in_the_place_of_its_words(
    words: list[str], found: list[str]
) -> None:
    given_words = [Argument(one, At(FILE, 0, 0)) for one in words]
    assert [one.text for one in in_shell(given_words, words[-1] if words else "")] == found


def test_words_of_a_script_stand_where_they_stand_in_the_file() -> None:
    text = 'sh -c "one & two"'
    found = in_shell(line(text).arguments, text)
    places = [text[one.at.start - START : one.at.end - START] for one in found]
    assert places == ["one", "&", "two"]
