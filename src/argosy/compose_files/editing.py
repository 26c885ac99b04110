"""Changes to the text of a Compose file: everything else in it stays as it is, comments included.

Each function returns edits, which `argosy.edits.apply` carries out. No I/O here. What is
``shared`` is changed where it is written, and so for all that share it: who must not do that looks
at it first.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from argosy.compose_files import lines, writing
from argosy.compose_files.parsing import parse
from argosy.compose_files.project import Project
from argosy.compose_files.tree import Scalar, Source, Span, Value
from argosy.edits import Edit
from argosy.errors import ComposeFileError

_COLON = re.compile(r"[ \t]*:")
_ANCHOR = re.compile(r"(?:^|[\s,\[{])&([^\s,\[\]{}]+)")
_SHELLS = re.compile(r"(?:.*/)?(?:ba|da|z|k|a)?sh\Z")
_RUN_THIS = re.compile(r"-[a-z]*c\Z")


class CannotEdit(Exception):
    """The text cannot be changed so that only what is meant changes; says why."""


Edits: TypeAlias = tuple[Edit, ...]


def set_scalar(value: Value, new: Scalar) -> Edits:
    """Another scalar in the place of one, in the same quotes where it can be.

    A text is written so that it stays a text; an alias is replaced, not what it stands for.
    """
    text, span = value.source.text, value.alias or value.span
    if isinstance(value.content, dict | tuple) or (value.span.of(text) != value.written):
        raise CannotEdit("this is no scalar of the file's own")
    if value.alias is None:
        span = _with_tag(text, span)
    if value.alias is None and value.style in ("|", ">"):
        block = _block_scalar(value, new) if isinstance(new, str) else None
        if block is not None:
            return (_edit(value, span, block),)
        span = lines.without_line_end(text, span)
    written = writing.scalar(new, value.style, in_flow=_is_in_flow(value))
    if span.start == span.end:
        before = text[span.start - 1 : span.start]
        if before not in (":", "-", " "):
            raise CannotEdit("there is no `:` before this value")
        written = written if before == " " else f" {written}"
    return (_edit(value, span, written),)


def _with_tag(text: str, span: Span) -> Span:
    """With a tag like ``!!str``, which need not be true of the new scalar."""
    line = text[lines.line_start(text, span.start) : span.start]
    if found := re.search(r"!!\w+[ \t]*\Z", line):
        return Span(span.start - len(found[0]), span.end)
    if re.search(r"!!\w+[ \t]+&\S+[ \t]*\Z", line):
        raise CannotEdit("the tag before its anchor says what it is")
    return span


def remove_key(project: Project, parent: Value, key: str) -> Edits:
    """A mapping without one of its keys, and all that stands below it.

    A comment behind it goes with it, and so do those below it that are indented deeper. A mapping
    that has no other key becomes ``{}``.
    """
    value = parent.mapping.get(key)
    if value is None or value.key is None:
        raise CannotEdit(f"`{key}` does not stand here")
    _refuse_others(project, value)
    around = _around(value)
    own = list(around.mapping.values())
    index = next(i for i, one in enumerate(own) if one.key == value.key)
    text = value.source.text
    if not _COLON.match(text, value.key.end):
        raise CannotEdit("this key is not followed by its `:`")
    if around.style == "flow":
        span, replacement = _flow_entry(text, around, own, index), ""
    else:
        span, replacement = _block_entry(text, own, index)
    _keep_anchors(text, span)
    return (_edit(value, span, replacement),)


def add_key(project: Project, mapping: Value, key: str, yaml: str) -> Edits:
    """A mapping with one more key at its end. ``yaml`` is its value, of one line or a block.

    Also an empty value, ``key:``, becomes a mapping.
    """
    if key in mapping.mapping:
        raise CannotEdit(f"`{key}` is there already")
    _refuse_others(project, mapping)
    name = writing.scalar(key)
    written = _as_written(mapping)
    if written.content is None:
        if written.key is None or written.written:
            raise CannotEdit("this is no mapping")
        if _is_in_flow(mapping):
            return (_edit(mapping, mapping.span, f" {{{name}: {_flow(yaml)}}}"),)
        first, *rest = _entry_lines(yaml, mapping)
        return (_below_key(mapping, [f"{name}: {first}", *rest]),)
    if not isinstance(written.content, dict):
        raise CannotEdit("this is no mapping")
    if written.style == "flow":
        return (_into_brackets(written, "{", f"{name}: {_flow(yaml)}"),)
    return (_after_last(written, list(written.mapping.values()), f"{name}:", yaml),)


def add_item(sequence: Value, item: str) -> Edits:
    """A list with one more item at its end. ``item`` is YAML, of one line or a block."""
    written = _as_written(sequence)
    if not isinstance(written.content, tuple):
        raise CannotEdit("this is no list")
    if written.style == "flow":
        return (_into_brackets(written, "[", _flow(item)),)
    return (_after_last(written, list(written.items), "-", item),)


def append_word(command: Value, words: str) -> Edits:
    """A command with ``words`` at its end, as they would be typed: `` --flag x``.

    A list gets them as items; one that runs a shell's ``-c`` gets them in the text of that.
    """
    words = words.strip()
    items = command.items
    if not items:
        return _append_text(command, words)
    if len(items) > 2 and _SHELLS.match(items[0].text) and _RUN_THIS.match(items[-2].text):
        return _append_text(items[-1], words)
    written = _as_written(command)
    if not isinstance(written.content, tuple):
        raise CannotEdit("this list is put together of several")
    in_flow = written.style == "flow"
    parts = [writing.scalar(one, items[-1].style, in_flow=in_flow) for one in shlex.split(words)]
    if in_flow:
        return (_into_brackets(written, "[", ", ".join(parts)),)
    return (_lines_after(written, list(written.items), [f"- {one}" for one in parts]),)


def _append_text(value: Value, words: str) -> Edits:
    if not isinstance(value.content, str):
        raise CannotEdit("this is no text")
    text = value.source.text
    cut = value.span.of(text)
    if value.alias is not None or cut != value.written or not cut:
        raise CannotEdit("this is no scalar of the file's own")
    whole = cut.rstrip() if value.style in ("|", ">") else cut
    if whole.endswith("\\") or "\n" in words:
        raise CannotEdit("its last line goes on")
    end = len(whole) - (value.style in ("'", '"'))
    escaped = {"'": words.replace("'", "''"), '"': _inside_quotes(words)}.get(value.style, words)
    edited = f"{whole[:end]} {escaped}{cut[end:]}"
    if value.style == "" and _is_in_flow(value) and writing.scalar(words, in_flow=True) != words:
        raise CannotEdit("these words need quotes")
    expected = f"{value.content.rstrip()} {words}"
    try:
        found = parse(f"a:\n {edited}", Path()).root.mapping["a"]
    except ComposeFileError as error:
        raise CannotEdit("these words need quotes") from error
    if found.text.rstrip() != expected:
        raise CannotEdit("these words would be read as something else")
    at = value.span.start + end
    return (Edit(value.source.file, at, at, f" {escaped}"),)


def _inside_quotes(words: str) -> str:
    return writing.scalar(words, '"')[1:-1]


def _refuse_others(project: Project, value: Value) -> None:
    if project.texts.get(value.source.file) != value.source.text:
        raise CannotEdit("this value is not of this project")


def _edit(value: Value, span: Span, replacement: str) -> Edit:
    return Edit(value.source.file, span.start, span.end, replacement)


def _root(source: Source) -> Value:
    """The values of a text before anything was merged into them, or left out."""
    if not source.roots:
        source.roots.append(parse(source.text, source.file, as_written=True).root)
    return source.roots[0]


def _walk(value: Value) -> Iterator[tuple[Value, Value]]:
    """Every value that is written here, with the mapping or list it is in."""
    for one in (*value.mapping.values(), *value.items):
        yield value, one
        if not one.shared:
            yield from _walk(one)


def _down_to(source: Source, index: int) -> Iterator[tuple[Value, Value]]:
    """What stands around an index of the text, from the outside in, as `_walk` gives it."""
    around: Value | None = _root(source)
    while around is not None and not around.shared:
        inner = None
        for one in (*around.mapping.values(), *around.items):
            if _start(one) > index:
                break
            inner = one
        if inner is not None:
            yield around, inner
        around = inner


def _around(value: Value) -> Value:
    """The mapping or list that a value stands in, with all that is written in it."""
    for around, one in _down_to(value.source, _start(value)):
        is_same = (one.span, one.alias) == (value.span, value.alias) if one.key is None else True
        if one.key == value.key and is_same:
            return around
    raise CannotEdit("the place of this value is not known")


def _as_written(value: Value) -> Value:
    """The value before anything was merged into it."""
    root = _root(value.source)
    if value.key is None and value.span == root.span:
        return root
    for _, one in _down_to(value.source, value.span.start):
        if one.span == value.span and one.alias is None:
            return one
    raise CannotEdit("the place of this value is not known")


def _is_in_flow(value: Value) -> bool:
    return _around(value).style == "flow"


def _start(value: Value) -> int:
    """Where a value begins, with the key it stands under."""
    return (value.key or value.alias or value.span).start


def _end(value: Value) -> int:
    """Where a value ends as it stands under its key."""
    return (value.alias or value.span).end


def _block_entry(text: str, own: list[Value], index: int) -> tuple[Span, str]:
    value = own[index]
    assert value.key is not None
    start = value.key.start
    if len(own) == 1:
        return lines.without_line_end(text, Span(start, _end(value))), "{}"
    line = lines.line_start(text, start)
    if text[line:start].strip(" \ufeff"):  # a list's `-` stands before it
        following = own[index + 1].key
        assert following is not None
        return Span(start, following.start), ""
    line += text.startswith("\ufeff", line)
    return Span(line, lines.end_of_block(text, _end(value), lines.column(text, start))), ""


def _flow_entry(text: str, around: Value, own: list[Value], index: int) -> Span:
    if not text.startswith("{", around.span.start):
        raise CannotEdit("this mapping has no brackets")
    value = own[index]
    assert value.key is not None
    if index + 1 < len(own):
        following = own[index + 1].key
        assert following is not None
        return Span(value.key.start, following.start)
    if index > 0 and not re.search(r"[\r\n]", text[_end(own[index - 1]) : value.key.start]):
        return Span(_end(own[index - 1]), _end(value))
    return Span(value.key.start, _end(value))


def _keep_anchors(text: str, span: Span) -> None:
    rest = text[: span.start] + text[span.end :]
    for name in _ANCHOR.findall(span.of(text)):
        if re.search(rf"\*{re.escape(name)}(?![^\s,\[\]{{}}])", rest):
            raise CannotEdit(f"its anchor {name} is used elsewhere")


def _into_brackets(value: Value, opening: str, entry: str) -> Edit:
    text = value.source.text
    if not text.startswith(opening, value.span.start):
        raise CannotEdit("this has no brackets")
    own = [*value.mapping.values(), *value.items]
    if not own:
        at = value.span.start + 1
        return Edit(value.source.file, at, at, entry)
    at = _end(own[-1])
    return Edit(value.source.file, at, at, f", {entry}")


def _flow(yaml: str) -> str:
    """A value of one line or a block, as it can stand inside of brackets."""
    return writing.flow(_parsed(yaml))


def _parsed(yaml: str) -> Value:
    inside = "".join(f"  {one}\n" for one in yaml.splitlines() or [""])
    try:
        return parse(f"a:\n{inside}", Path()).root.mapping["a"]
    except ComposeFileError as error:
        raise CannotEdit("what is to be written is no YAML") from error


def _step(value: Value) -> int:
    """By how many spaces a block in this file is indented."""
    text = value.source.text
    for around, one in _walk(_root(value.source)):
        if one.style == "block" and isinstance(one.content, dict) and around.style == "block":
            wider = lines.column(text, one.span.start) - lines.column(text, around.span.start)
            if wider > 0 and one.key is not None:
                return wider
    return 2


def _entry_lines(yaml: str, value: Value) -> list[str]:
    """A value as lines below its key, or as the only one behind it, which has no indentation."""
    own = yaml.rstrip().splitlines() or [""]
    if len(own) == 1 and _parsed(yaml).style != "block":
        return own
    step = " " * _step(value)
    return ["", *(step + one for one in own)]


def _after_last(value: Value, own: list[Value], start: str, yaml: str) -> Edit:
    if start == "-":
        first, *rest = yaml.rstrip().splitlines() or [""]
        return _lines_after(value, own, [f"- {first}", *(f"  {one}" for one in rest)])
    first, *rest = _entry_lines(yaml, value)
    return _lines_after(value, own, [f"{start} {first}".rstrip(), *rest])


def _lines_after(value: Value, own: list[Value], new: list[str]) -> Edit:
    text = value.source.text
    column = lines.column(text, value.span.start)
    at = lines.end_of_block(text, _end(own[-1]), column)
    line_break = lines.line_break(text)
    inside = "".join(f"{' ' * column}{one}".rstrip() + line_break for one in new)
    if at == len(text) and text[-1:] not in "\r\n":
        _keep_last_block(value)
        inside = line_break + inside.removesuffix(line_break)
    return Edit(value.source.file, at, at, inside)


def _keep_last_block(value: Value) -> None:
    """A block scalar that ends with the text, and not with a line, would get one more line end."""
    text = value.source.text
    for _, one in _walk(_root(value.source)):
        if one.style in ("|", ">") and one.span.end == len(text) and "-" not in one.written[:3]:
            raise CannotEdit("the last line of the file has no end, and belongs to a block")


def _below_key(value: Value, new: list[str]) -> Edit:
    """A block in the place of nothing."""
    assert value.key is not None
    text = value.source.text
    column = lines.column(text, value.key.start) + _step(value)
    inside = lines.line_break(text).join(f"{' ' * column}{one}".rstrip() for one in new)
    at = lines.line_end(text, value.span.end)
    if at == len(text) and text[-1:] not in "\r\n":
        return Edit(value.source.file, at, at, lines.line_break(text) + inside)
    return Edit(value.source.file, at, at, inside + lines.line_break(text))


def _block_scalar(value: Value, new: str) -> str | None:
    """A text in the form of a block, as the one that was there; none where it needs quotes."""
    written = value.span.of(value.source.text)
    header, *inside = written.splitlines()
    first = next((one for one in inside if one.strip()), "")
    indentation = first[: len(first) - len(first.lstrip(" "))]
    body = new.removesuffix("\n")
    is_simple = bool(body) and all(
        one.isprintable() and one[:1] not in (" ", "\t") for one in body.split("\n")
    )
    is_folded = value.style == ">" and "\n" in body
    if not indentation or not is_simple or is_folded or body.endswith(("\n", " ")):
        return None
    mark = value.style + ("" if new.endswith("\n") else "-")
    comment = re.search(r"\s#.*", header)
    head = mark + (comment[0] if comment else "")
    line_break = lines.line_break(value.source.text)
    lines_of_body = (f"{indentation}{one}" if one else "" for one in body.split("\n"))
    return f"{head}{line_break}{line_break.join(lines_of_body)}{line_break}"
