from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from argosy.compose_files.editing import (
    CannotEdit,
    Edits,
    add_item,
    add_key,
    append_word,
    remove_key,
    set_scalar,
)
from argosy.compose_files.project import Project, read_text
from argosy.compose_files.tree import Scalar, Value
from argosy.compose_files.writing import scalar
from argosy.edits import apply
from argosy.errors import ComposeFileError

FILE = Path("compose.yaml")


def at(text: str, path: str) -> Value:
    value = read_text(text, FILE).root.below(tuple(path.split(".")) if path else ())
    assert value is not None
    return value


def edited(text: str, path: str, edits: Callable[[Value], Edits]) -> str:
    return apply(text, edits(at(text, path)))


@pytest.mark.parametrize(
    ("text", "new", "after"),
    [
        ("a: b # c\n", "d", "a: d # c\n"),
        ("a: 'b'\n", "it's", "a: 'it''s'\n"),
        ('a: "b" # c\n', 'd"\n', 'a: "d\\"\\n" # c\n'),
        ("a: 1\n", 2, "a: 2\n"),
        ("a: 1\n", "2", 'a: "2"\n'),
        ("a: b\n", "on", "a: on\n"),
        ("a: b\n", True, "a: true\n"),
        ("a: b\n", "${C}:1", "a: ${C}:1\n"),
        ("{a: b}\n", "${C}", '{a: "${C}"}\n'),
        ("a: b\n", "c: d", 'a: "c: d"\n'),
        ("a: &n !!str b # c\n", "d", "a: &n d # c\n"),
        ("a:\nb: c\n", "d", "a: d\nb: c\n"),
        ("b: {a: }", "d", "b: {a: d}"),
        ("x-b: &n c\na: *n\n", "d", "x-b: &n c\na: d\n"),
        ("a: | # c\n    b\n\nd: e\n", "x\ny\n", "a: | # c\n    x\n    y\n\nd: e\n"),
        ("a: >-\n  b\n  c\n", "d", "a: >-\n  d\n"),
        ("a: >-\n  b\n  c\n", "d\ne", 'a: "d\\ne"\n'),
        ("a: 'b'\r\nc: d\r\n", "e", "a: 'e'\r\nc: d\r\n"),
        ("\ufeffa: b\n", "c", "\ufeffa: c\n"),
    ],
)
def test_a_scalar_is_set_in_the_quotes_it_has(text: str, new: Scalar, after: str) -> None:
    path = "b.a" if text.startswith("b: {") else "a"
    assert edited(text, path, lambda value: set_scalar(value, new)) == after
    assert at(after, path).content == new


@pytest.mark.parametrize(
    ("text", "path", "key", "after"),
    [
        ("a: 1\nb: 2 # of b\n# c\nc: 3\n", "", "b", "a: 1\n# c\nc: 3\n"),
        ("a:\n  x: 1\n  # of a\n\n  # too\n# b\nb: 2\n", "", "a", "# b\nb: 2\n"),
        ("a:\n  x: 1 # one\n", "a", "x", "a:\n  {} # one\n"),
        ("a:\n  - x: 1\n    y: 2\n", "a.0", "x", "a:\n  - y: 2\n"),
        ("a:\n  - x: 1\n    y: 2\n", "a.0", "y", "a:\n  - x: 1\n"),
        ("a:\n  - x: 1\n", "a.0", "x", "a:\n  - {}\n"),
        ("a:\n- 1\n- 2\nb: 1\n", "", "a", "b: 1\n"),
        ("a: |\n  x\n\nb: 1\n", "", "a", "\nb: 1\n"),
        ("a: {x: 1, y: 2, z: 3}\n", "a", "y", "a: {x: 1, z: 3}\n"),
        ("a: {x: 1, y: 2}\n", "a", "x", "a: {y: 2}\n"),
        ("a: {x: 1, y: 2}\n", "a", "y", "a: {x: 1}\n"),
        ("a: {x: 1}\n", "a", "x", "a: {}\n"),
        ("a: {\n  x: 1, # one\n  y: 2 # two\n}\n", "a", "y", "a: {\n  x: 1, # one\n   # two\n}\n"),
        ("x-n: &n\n  x: 1\na:\n  <<: *n\n  y: 1\n", "a", "y", "x-n: &n\n  x: 1\na:\n  <<: *n\n"),
        ("x-n: &n {x: 1}\na: *n\nb: 1\n", "", "a", "x-n: &n {x: 1}\nb: 1\n"),
        ("a: 1\r\nb: 2\r\nc: 3\r\n", "", "b", "a: 1\r\nc: 3\r\n"),
        ("a: 1\nb: 2", "", "b", "a: 1\n"),
        ("\ufeffa: 1\nb: 2", "", "a", "\ufeffb: 2"),
    ],
)
def test_a_key_goes_with_all_below_it(text: str, path: str, key: str, after: str) -> None:
    project = read_text(text, FILE)
    parent = at(text, path)
    assert apply(text, remove_key(project, parent, key)) == after


@pytest.mark.parametrize(
    ("text", "path", "yaml", "after"),
    [
        ("a:\n  x: 1 # one\n# b\nb: 2\n", "a", "v", "a:\n  x: 1 # one\n  k: v\n# b\nb: 2\n"),
        ("a:\n  x: 1\n\n\nb: 2\n", "a", "v", "a:\n  x: 1\n  k: v\n\n\nb: 2\n"),
        ("a:\n    x:\n        y: 1\n", "a", "b: 1\nc:\n  - d\n",
         "a:\n    x:\n        y: 1\n    k:\n        b: 1\n        c:\n          - d\n"),
        ("a:\n  x:\n    y: 1\n    # of x\n", "a", "b: 1",
         "a:\n  x:\n    y: 1\n    # of x\n  k:\n    b: 1\n"),
        ("a:\n  x: |\n    y\n\nb: 1\n", "a", "v", "a:\n  x: |\n    y\n  k: v\n\nb: 1\n"),
        ("a:\n  x:\n  - y\n", "a", "- v", "a:\n  x:\n  - y\n  k:\n    - v\n"),
        ("a:\n  - x: 1\n", "a.0", "v", "a:\n  - x: 1\n    k: v\n"),
        ("a: {x: 1}\n", "a", "v", "a: {x: 1, k: v}\n"),
        ("a: {}\n", "a", "b: 1\nc: [d]\n", "a: {k: {b: 1, c: [d]}}\n"),
        ("a: {x: 1}\n", "a", "b: '1'\nc:\n  - ${D}\n", "a: {x: 1, k: {b: '1', c: [\"${D}\"]}}\n"),
        ("a: {\n  x: 1, # one\n}\n", "a", "v", "a: {\n  x: 1, k: v, # one\n}\n"),
        ("a:\nb: 1\n", "a", "v", "a:\n  k: v\nb: 1\n"),
        ("a: # c\nb: 1\n", "a", "x: 1", "a: # c\n  k:\n    x: 1\nb: 1\n"),
        ("a:", "a", "v", "a:\n  k: v"),
        ("a: 1", "", "v", "a: 1\nk: v"),
        ("a: 1\nx-b: 2\n# end\n", "", "{c: d}", "a: 1\nx-b: 2\nk: {c: d}\n# end\n"),
        ("a: 1\r\n", "", "b: c", "a: 1\r\nk:\r\n  b: c\r\n"),
        ("x-n: &n\n  x: 1\na:\n  <<: *n\n", "a", "v", "x-n: &n\n  x: 1\na:\n  <<: *n\n  k: v\n"),
    ],
)  # fmt: skip
def test_a_key_is_added_at_the_end_of_its_mapping(
    text: str, path: str, yaml: str, after: str
) -> None:
    assert apply(text, add_key(read_text(text, FILE), at(text, path), "k", yaml)) == after


@pytest.mark.parametrize(
    ("text", "item", "after"),
    [
        ("a:\n  - x # one\n\n# b\n", "y", "a:\n  - x # one\n  - y\n\n# b\n"),
        ("a:\n- x\nb: 1\n", "y: 1\nz: 2", "a:\n- x\n- y: 1\n  z: 2\nb: 1\n"),
        ("a: [x]\n", "y", "a: [x, y]\n"),
        ("a: []\n", "y: 1", "a: [{y: 1}]\n"),
        ("a: [\n  x,\n]\n", "y", "a: [\n  x, y,\n]\n"),
    ],
)
def test_an_item_is_added_at_the_end_of_its_list(text: str, item: str, after: str) -> None:
    assert edited(text, "a", lambda value: add_item(value, item)) == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("a: serve it # c\n", "a: serve it --x 1 # c\n"),
        ("a: 'serve it'\n", "a: 'serve it --x 1'\n"),
        ("a: >\n  serve\n  it\n\nb: c\n", "a: >\n  serve\n  it --x 1\n\nb: c\n"),
        ("a: |-\n  serve \\\n    it", "a: |-\n  serve \\\n    it --x 1"),
        ("a: serve\n  it\n", "a: serve\n  it --x 1\n"),
        ("a: [serve, 'it']\n", "a: [serve, 'it', '--x', '1']\n"),
        ("a:\n  - serve\n  - it\nb: c\n", 'a:\n  - serve\n  - it\n  - --x\n  - "1"\nb: c\n'),
        ("a: [sh, -c, 'serve it']\n", "a: [sh, -c, 'serve it --x 1']\n"),
        (
            "a:\n  - /bin/bash\n  - -lc\n  - |\n    it\n",
            "a:\n  - /bin/bash\n  - -lc\n  - |\n    it --x 1\n",
        ),
    ],
)
def test_words_are_appended_to_a_command(text: str, after: str) -> None:
    assert edited(text, "a", lambda value: append_word(value, " --x 1")) == after


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        ("a: [b]\n", lambda _, value: set_scalar(value, "c")),
        ("a:\n  b: &n {c: 1}\n  d: 1\ne: *n\n", lambda of, value: remove_key(of, value, "b")),
        ("a: {b: 1}\n", lambda of, value: remove_key(of, value, "c")),
        ("a: {b: 1}\n", lambda of, value: add_key(of, value, "b", "2")),
        ("a: b\n", lambda of, value: add_key(of, value, "b", "2")),
        ("a: ~\n", lambda of, value: add_key(of, value, "b", "2")),
        ("a: {b: 1}\n", lambda _, value: add_item(value, "c")),
        ("a: [b]\n", lambda _, value: add_item(value, "c: [")),
        ("a: 12\n", lambda _, value: append_word(value, "b")),
        ("a: b\n", lambda _, value: append_word(value, "c: d")),
        ("a: b\n", lambda _, value: append_word(value, "# c")),
        ("a: |\n  b \\\n", lambda _, value: append_word(value, "c")),
    ],
)
def test_what_cannot_be_changed_alone_is_refused(
    text: str, edit: Callable[[Project, Value], Edits]
) -> None:
    project = read_text(text, FILE)
    with pytest.raises(CannotEdit):
        edit(project, project.root.mapping["a"])


def test_what_a_merge_made_of_a_list_cannot_be_set(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("services: {b: {environment: {A: 1}}}")
    text = "services:\n  a:\n    extends: {file: base.yaml, service: b}\n    environment: [B=2]\n"
    project = read_text(text, tmp_path / "compose.yaml")
    variables = project.services["a"].mapping["environment"]
    assert apply("services: {b: {environment: {A: 1}}}", set_scalar(variables.mapping["A"], 2)) == (
        "services: {b: {environment: {A: 2}}}"
    )
    with pytest.raises(CannotEdit):
        set_scalar(variables.mapping["B"], "3")
    with pytest.raises(CannotEdit):
        add_key(project, variables, "C", "3")


WORDS = st.text(st.sampled_from("ab1 -:#'\"${}[],&*!|>%@`\\\n\té\x85"), max_size=8)
NAMES = st.text(st.sampled_from("abc1-:# ~"), min_size=1, max_size=4)
SCALARS = st.one_of(WORDS, st.integers(), st.booleans(), st.none())
TREES = st.dictionaries(
    NAMES,
    st.recursive(
        SCALARS,
        lambda inside: st.one_of(
            st.dictionaries(NAMES, inside, max_size=3), st.lists(inside, max_size=3)
        ),
        max_leaves=12,
    ),
    min_size=1,
    max_size=4,
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A tree as YAML in any of its forms, with comments and empty lines between."""
    flow = draw(st.sampled_from([None, True, False]))
    style = draw(st.sampled_from([None, '"', "'", "|", ">"]))
    dumped: str = yaml.dump(
        draw(TREES),
        default_flow_style=flow,
        default_style=style,
        sort_keys=False,
        allow_unicode=True,
        indent=draw(st.integers(2, 5)),
        width=draw(st.sampled_from([20, 1000])),
    )
    lines = []
    in_scalar = re.search(r"[|>'\"]", dumped)
    for line in dumped.splitlines():
        lines.append(line)
        if not in_scalar and not line.rstrip().endswith("\\") and draw(st.booleans()):
            lines.append(" " * draw(st.integers(0, 6)) + draw(st.sampled_from(["# c", ""])))
    text = "\n".join(lines) + draw(st.sampled_from(["\n", ""]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def plain(value: Value) -> Any:
    if isinstance(value.content, dict):
        return {key: plain(one) for key, one in value.content.items()}
    if isinstance(value.content, tuple):
        return [plain(one) for one in value.items]
    return value.content


def collections(value: Value, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value.content, dict | tuple):
        yield path
        named = {str(i): one for i, one in enumerate(value.items)}
        for key, one in (value.mapping or named).items():
            yield from collections(one, (*path, key))


def inside(tree: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        tree = tree[key] if isinstance(tree, dict) else tree[int(key)]
    return tree


@given(st.data(), texts(), SCALARS)
@settings(max_examples=300, deadline=None)
def test_only_what_is_meant_changes(data: st.DataObject, text: str, new: Scalar) -> None:
    try:
        project = read_text(text, FILE)
    except ComposeFileError:
        assume(False)
    assume(not project.problems)
    path = data.draw(st.sampled_from(list(collections(project.root))))
    value = project.root.below(path)
    assert value is not None
    expected = plain(project.root)
    at = inside(expected, path)
    action = data.draw(st.sampled_from(["set", "remove", "add", "append"]))
    try:
        if action == "add" and isinstance(at, dict):
            edits = add_key(project, value, "new", scalar(new))
            at["new"] = new
        elif action == "append" and isinstance(at, list):
            edits = add_item(value, scalar(new))
            at.append(new)
        elif at:
            key = data.draw(st.sampled_from(list(at) if value.mapping else list(range(len(at)))))
            if action == "remove" and isinstance(at, dict):
                edits = remove_key(project, value, key)
                del at[key]
            else:
                one = value.mapping[str(key)] if value.mapping else value.items[int(key)]
                assume(not isinstance(one.content, dict | tuple))
                edits = set_scalar(one, new)
                at[key] = new
        else:
            return
    except CannotEdit:
        event("refused")
        return
    assert plain(read_text(apply(text, edits), FILE).root) == expected
