from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from argosy.compose_files.merging import TAGS
from argosy.compose_files.parsing import parse
from argosy.compose_files.tree import Span, Value
from argosy.errors import ComposeFileError
from argosy.stack import document
from argosy.stack.document import MAX_DEPTH, Form

FILE = Path("compose.yaml")
REAL = [
    one.read_text() for one in sorted(Path(__file__).parents[1].glob("imported/files/*/*.y*ml"))
]
PIECES = [
    "a: ", "b: ", "- ", "\n", "\n  ", "\n    ", "x", "12", "0o7", "true", "~", "'q'", '"d\\n"',
    "|\n", ">-\n", "|+\n", "&n ", "*n", "<<: *n", "!reset ", "!!str ", "# c", "{", "}", "[", "]",
    ", ", ":", "?", "services:", "\r\n", "\t", "\ufeff", "é", "\u2028", "\x85", "\x00", "...",
    "---\n", "1.5",
]  # fmt: skip
TAGGED = re.compile(r"!\S*\s*(&\S+\s*)?\Z")
LINES_OF_LIBYAML = re.compile("[\x85\u2028\u2029\ufeff]|\r(?!\n)")
TEXTS = st.one_of(
    st.text(),
    st.lists(st.sampled_from(PIECES)).map("".join),
    st.builds(
        lambda real, at, length, piece: real[:at] + piece + real[at + length :],
        st.sampled_from(REAL),
        st.integers(0, 2000),
        st.integers(0, 20),
        st.sampled_from(PIECES),
    ),
)


def values(value: Value) -> Iterator[Value]:
    yield value
    for one in (*value.mapping.values(), *value.items):
        yield from values(one)


def plain(value: Value) -> Any:
    if isinstance(value.content, dict):
        return {key: plain(one) for key, one in value.content.items()}
    return (
        [plain(one) for one in value.items] if isinstance(value.content, tuple) else value.content
    )


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    try:
        parsed = parse(text, FILE)
    except ComposeFileError as error:
        problems = error.problems
    else:
        problems = parsed.problems
        for value in values(parsed.root):
            assert 0 <= value.span.start <= value.span.end <= len(text)
    for one in problems:
        assert one.line >= 1
        assert one.column >= 1
        assert one.what


@given(TEXTS)
@example("0: ! #\n\ufeff0")
@settings(max_examples=400, deadline=None)
def test_a_span_is_all_of_a_scalar_and_nothing_else(text: str) -> None:
    try:
        parsed = parse(text, FILE)
    except ComposeFileError:
        return
    for value in values(parsed.root):
        cut = value.span.of(text)
        if isinstance(value.content, dict | tuple):
            continue
        if TAGGED.search(text[: value.span.start]):
            continue
        assert cut == value.written
        if value.style in ("|", ">") and any(one.isdigit() for one in cut.split("\n")[0]):
            continue  # its indentation is told relative to what stands around it
        if not value.style and "\n" in cut:
            continue  # in brackets its lines need no indentation
        found = parse(f"a:\n {cut}", FILE).root.mapping["a"]
        assert (found.content, found.style) == (value.content, value.style)


@given(TEXTS.filter(lambda text: not (LINES_OF_LIBYAML.search(text) or "!reset" in text)))
@settings(max_examples=400, deadline=None)
def test_a_text_means_what_it_means_in_a_stack_file(text: str) -> None:
    expected = document.read(text, FILE, None, Form(tags=TAGS))
    try:
        found = parse(text, FILE)
    except ComposeFileError:
        return  # libyaml, like Docker's parser, refuses a few texts such as a lone `:`
    if not expected.problems:
        assert plain(found.root) == expected.data


@pytest.mark.parametrize("text", REAL)
def test_real_files_have_no_problems(text: str) -> None:
    assert parse(text, FILE).problems == ()


def found(text: str, *path: str) -> Value:
    value = parse(text, FILE).root.below(path)
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("text", "style", "content", "span"),
    [
        ("a: b # c\n", "", "b", "b"),
        ("a:    'b'   # c\n", "'", "b", "'b'"),
        ('a: "b\\n"', '"', "b\n", '"b\\n"'),
        ("a: &n !!str 12\n", "", "12", "12"),
        ("a: |\n  b\n  c\n\n# d\n", "|", "b\nc\n", "|\n  b\n  c\n"),
        ("a: |+\n  b\n\n# d\n", "|", "b\n\n", "|+\n  b\n\n"),
        ("a: >-\r\n  b\r\n  c\r\n\r\n", ">", "b c", ">-\r\n  b\r\n  c\r\n"),
        ("a: b\n  c # d\n", "", "b c", "b\n  c"),
        ("a:\nb: c", "", None, ""),
        ("a: on", "", "on", "on"),
        ("a: !reset null", "", None, "null"),
        ("a: !override 12", "", 12, "12"),
        ("a: 3.10", "", 3.1, "3.10"),
        ("a: 1:30", "", "1:30", "1:30"),
        ("\ufeffa: b", "", "b", "b"),
        ("é: 😀\na: b", "", "b", "b"),
    ],
)
def test_a_scalar_keeps_its_quotes_and_its_span(
    text: str, style: str, content: object, span: str
) -> None:
    value = found(text, "a")
    assert (value.style, value.content, value.span.of(text)) == (style, content, span)
    assert value.written == span
    assert value.key is not None
    assert value.key.of(text) == "a"


@pytest.mark.parametrize(
    ("text", "style", "span"),
    [
        ("a:\n  b: c # d\n  # e\n\nf: g\n", "block", "b: c"),
        ("a: &n # d\n  b: c\n", "block", "b: c"),
        ("a:\n- b\n- c  # d\n", "block", "- b\n- c"),
        ("a: !override [b, {c: d}] # e\n", "flow", "[b, {c: d}]"),
        ("a:\n  b: |\n    c\n\nd: e", "block", "b: |\n    c\n"),
        ("a:\n  b:\n  x-c: {d: e}\n", "block", "b:\n  x-c: {d: e}"),
    ],
)
def test_a_block_ends_with_its_last_value(text: str, style: str, span: str) -> None:
    value = found(text, "a")
    assert (value.style, value.span.of(text)) == (style, span)


def test_what_stands_behind_an_alias_is_where_it_is_written() -> None:
    text = "x-n: &n {c: d}\na: *n\nb: {<<: *n, e: [*n]}\n"
    root = parse(text, FILE).root
    whole, merged, item = (root.below(one) for one in [("a",), ("b", "c"), ("b", "e", "0")])
    assert whole is not None
    assert merged is not None
    assert item is not None
    assert (whole.shared, merged.shared, item.shared) == (True, True, True)
    assert (str(whole.place), whole.span.of(text), whole.key) == (
        "compose.yaml:2", "{c: d}", Span(15, 16)
    )  # fmt: skip
    assert (str(merged.place), merged.span.of(text), merged.alias) == ("compose.yaml:1", "d", None)
    assert whole.alias is not None
    assert whole.alias.of(text) == "*n"
    assert not whole.anchored


def test_an_anchor_is_not_shared_where_it_is_written() -> None:
    value = found("a: &n b\nc: *n\n", "a")
    assert (value.anchored, value.shared) == (True, False)


def test_merge_keys_bring_what_is_not_there_already() -> None:
    text = "a: &a {x: 1, y: 1, z: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*b, *a], z: 3}\n"
    assert plain(found(text, "c")) == {"z": 3, "y": 2, "x": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "3:1: a: this key is given twice; the first stands in line 1. "),
        ("a: &n [*n]\n", "1:8: a.0: an anchor cannot contain its own alias"),
        ("a: {? [b] : c}", "1:7: a: a key must be a word. Write `key: value`."),
        ("a: {<<: b}", "1:9: a: `<<` merges mappings only"),
        ("a: !vault b", "1:4: a: YAML tags have no meaning in a Compose file. Remove !vault."),
        ("a: !!int b", "1:4: a: this number cannot be read"),
    ],
)
def test_what_can_be_read_past_is_a_problem(text: str, said: str) -> None:
    (problem,) = parse(text, FILE).problems
    assert str(problem).startswith(f"compose.yaml:{said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1:1: the file is empty"),
        ("# a\n", "1:1: the file is empty"),
        ("- a", "1:1: a Compose file is a mapping of keys"),
        ("a: *b", "1:4: no anchor of this name stands above"),
        ("a: b\n---\nc: d\n", "2:1: a second document begins here"),
        ("a:\n\tb: c", "2:1: a tab is used for indentation"),
        ("a: 'b", "1:4: this quote is never closed"),
        ("\ufeffa: 'b", "1:4: this quote is never closed"),
        ("a: \x00", "1:4: the character 0x0000 is not allowed in YAML"),
        ("a: \ud800", "1:4: the character 0xd800 is not allowed in YAML"),
        ("a: " + "[" * 200 + "]" * 200, "this is nested too deeply"),
        ("? " * 200, "this is nested too deeply"),
    ],
)
def test_what_is_no_yaml_is_explained(text: str, said: str) -> None:
    with pytest.raises(ComposeFileError) as caught:
        parse(text, FILE)
    assert said in str(caught.value)


def test_aliases_inside_of_anchors_cannot_fill_the_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    with pytest.raises(ComposeFileError, match="its anchors expand to more than 500000 values"):
        parse("\n".join(lines), FILE)


def test_aliases_cannot_lead_deeper_than_brackets_do() -> None:
    lines = ["a0: &a0 [x]", *(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, MAX_DEPTH + 5))]
    assert {one.what for one in parse("\n".join(lines), FILE).problems} == {
        "this is nested too deeply"
    }


@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ("services: {a: {image: x}}\n", True),
        ("services: {a: &one {image: x}, b: *one}\n", True),
        ("x-one: &one {image: x}\nservices: {a: *one}\n", False),
        ("services:\n  a: &one {image: x}\n  b:\n    <<: *one\n", False),
    ],
)
def test_what_is_meant_as_it_is_written_is_not_read_again_for_an_edit(
    text: str, is_known: bool
) -> None:
    root = parse(text, FILE).root
    assert root.source.roots == ([root] if is_known else [])
