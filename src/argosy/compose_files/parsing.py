"""The text of one Compose file → its values. No I/O here.

libyaml reads, forty times as quick as ruamel.yaml; where it refuses a text, ruamel.yaml is asked
for the reason, so that all files of Argosy's are explained in the same words.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from yaml import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from argosy.compose_files import scalars
from argosy.compose_files.merging import TAGS
from argosy.compose_files.tree import Place, Scalar, Source, Span, Style, Value, shared
from argosy.errors import ComposeFileError, Problem
from argosy.stack.document import MAX_DEPTH, MAX_VALUES, Form, dotted, shown
from argosy.stack.syntax import explain

SERVICES_STEP = "Write `services:` and the services below it."
COMPOSE_FILE = Form("Compose file", "Name a file that holds `services:`.", SERVICES_STEP)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # PyYAML may be built without libyaml
# A line may begin with a byte order mark anywhere in a text: libyaml passes over it.
_PROPERTIES = re.compile(r"(?:[&!][^\s,\]}]*(?:\s+(?:(?<=[\r\n])\ufeff)?(?:#[^\r\n]*)?)*)*")
_BREAKS_OF_THEIR_OWN = re.compile("[\x85\u2028\u2029]")  # new lines to libyaml, and to nobody else
_TRAILING = re.compile(r"(\r\n|\n|\r)\s*\Z")


@dataclass(frozen=True)
class Parsed:
    """The values of a text, and what is wrong where the rest can be read."""

    root: Value
    problems: tuple[Problem, ...] = ()


def parse(text: str, file: Path, *, as_written: bool = False, form: Form = COMPOSE_FILE) -> Parsed:
    """The values of a Compose file's text. Anchors and merge keys are followed, ``x-`` keys left
    out, but for what is to be ``as_written``: that has these as the keys they are.
    ``form`` is what the file is meant to be.

    Raises `ComposeFileError` where it is no YAML, or no mapping.
    """
    source = Source(file, text)
    try:
        builder = _Builder(source, as_written)
        root = builder.document()
    except (yaml.YAMLError, UnicodeError, _Broken) as error:
        raise _explained(source, error, form.noun) from error
    if root is None or (root.content is None and not root.written):
        raise _mistake(source, 0, "the file is empty", form.if_empty)
    if not isinstance(root.content, dict):
        what = f"a {form.noun} is a mapping of keys"
        raise _mistake(source, root.span.start, what, form.if_no_mapping)
    if builder.is_as_written:
        source.roots.append(root)
    return Parsed(root, tuple(builder.problems))


def _mistake(source: Source, index: int, what: str, next_step: str) -> ComposeFileError:
    line, column = source.line_and_column(index)
    return ComposeFileError((Problem(source.file, line, column, "", what, next_step),))


class _Broken(Exception):
    """The text is no YAML for a reason that libyaml's parser does not look for."""

    def __init__(self, index: int, problem: str) -> None:
        super().__init__(problem)
        self.index = index


def _explained(source: Source, error: Exception, noun: str) -> ComposeFileError:
    text = source.text.removeprefix("\ufeff")
    index, what, next_step = explain(_reason(text, error), text)
    end = max(len(text.rstrip()) - 1, 0)
    words = (one.replace("stack file", noun) for one in (what, next_step))
    offset = len(source.text) - len(text)
    return _mistake(source, min(index, end) + offset, *words)


def _reason(text: str, error: Exception) -> YAMLError:
    """What ruamel.yaml says of the text; what libyaml said of it where that finds nothing."""
    reader = YAML(typ="safe", pure=True)
    reader.max_depth = MAX_DEPTH
    reader.composer.warn_double_anchors = False
    try:
        with suppress(RecursionError, UnicodeError):
            reader.compose(text)
    except YAMLError as reason:
        return reason
    if isinstance(error, _Broken):
        return MarkedYAMLError(problem=str(error), problem_mark=_mark(error.index))
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None)
    context = getattr(error, "context", None)
    return MarkedYAMLError(context, None, problem, _mark(mark.index if mark else 0))


def _mark(index: int) -> StringMark:
    return StringMark("", index, 0, 0, "", 0)


@dataclass(slots=True)
class _Anchor:
    """A value with an anchor; none as long as it is read. ``size`` counts it and all below it."""

    value: Value | None = None
    size: int = 0
    height: int = 0


class _Builder:
    """Makes values of the events that the parser gives, one after the other."""

    def __init__(self, source: Source, as_written: bool) -> None:
        self._as_written = as_written
        self.is_as_written = True  # also where no merge key and no ``x-`` key was met
        text = source.text.removeprefix("\ufeff")
        self.problems: list[Problem] = []
        self._source = source
        self._offset = len(source.text) - len(text)
        self._next = _LOADER(text).get_event
        self._path: list[str] = []
        self._anchors: dict[str, _Anchor] = {}
        self._count = 0
        self._deepest = 0
        self._end = 0
        self._counts_lines = not text.isascii() and bool(_BREAKS_OF_THEIR_OWN.search(text))

    def document(self) -> Value | None:
        self._next()
        if type(self._next()) is not DocumentStartEvent:
            return None
        root = self._value(self._next(), None, None)
        self._next()
        if type(following := self._next()) is DocumentStartEvent:
            raise _Broken(self._index(following.start_mark), "but found another document")
        return root

    def _value(self, event: Any, key: Span | None, place: Place | None) -> Value:
        kind = type(event)
        self._count += 1
        if kind is ScalarEvent:
            return self._scalar(event, key, place)
        if kind is AliasEvent:
            return self._alias(event, key, place)
        if len(self._path) > MAX_DEPTH:
            raise _Broken(self._index(event.start_mark), "maximum depth")
        anchor = self._opened(event)
        deepest, self._deepest = self._deepest, len(self._path)
        count = self._count
        value = self._collection(event, key, place)
        if anchor is not None:
            anchor.value, anchor.size = value, self._count - count
            anchor.height = self._deepest - len(self._path)
        self._deepest = max(deepest, self._deepest)
        return value

    def _collection(self, event: Any, key: Span | None, place: Place | None) -> Value:
        span = self._span(event)
        is_mapping = type(event) is MappingStartEvent
        content = self._mapping() if is_mapping else self._sequence()
        whole = Span(span.start, max(self._end, span.start))
        return Value(
            place or self._place(event.start_mark),
            content if self._is_meant(event) else None,
            "",
            event.tag if event.tag in TAGS else "",
            whole,
            key,
            "flow" if event.flow_style else "block",
            event.anchor is not None,
            source=self._source,
        )

    def _mapping(self) -> dict[str, Value]:
        values: dict[str, Value] = {}
        lines: dict[str, int] = {}
        merged: list[Value] = []
        following, path = self._next, self._path
        while type(event := following()) is not MappingEndEvent:
            name, span = self._key(event)
            place = self._place(event.start_mark)
            path.append(name or "?")
            value = self._value(following(), span, place)
            if name is None:
                self._problem(span.start, "a key must be a word", "Write `key: value`.", below=0)
            elif name == "<<" and self._is_merge(event):
                self.is_as_written = False
                merged += value.items or (value,)
            elif name in lines:
                what = f"this key is given twice; the first stands in line {lines[name]}"
                self._problem(span.start, what, "Keep one of them.")
            else:
                lines[name] = place.line
                if self._as_written or not name.startswith("x-"):
                    values[name] = value
                else:
                    self.is_as_written = False
            path.pop()
        self._close(event)
        if merged:
            self._merge(values, lines, merged)
        return values

    def _is_merge(self, event: Any) -> bool:
        is_plain = type(event) is ScalarEvent and not event.style
        return is_plain and not self._as_written

    def _merge(self, values: dict[str, Value], known: dict[str, int], merged: list[Value]) -> None:
        """What merge keys bring: the keys that are not there already, as earlier ones have them."""
        for other in merged:
            if not isinstance(other.content, dict):
                index = other.alias.start if other.alias else other.span.start
                self._problem(index, "`<<` merges mappings only")
            for name, value in other.mapping.items():
                if name not in known:
                    values.setdefault(name, value)

    def _sequence(self) -> tuple[Value, ...]:
        values: list[Value] = []
        while type(event := self._next()) is not SequenceEndEvent:
            self._path.append(str(len(values)))
            values.append(self._value(event, None, None))
            self._path.pop()
        self._close(event)
        return tuple(values)

    def _key(self, event: Any) -> tuple[str | None, Span]:
        """The name of a key, none for one that is no word, and where it stands."""
        if type(event) is ScalarEvent:
            span = self._span(event)
            if event.anchor is not None:
                self._scalar(event, None, None)
            self._end = span.end
            return event.value, span
        self._path.append("?")
        value = self._value(event, None, None)
        self._path.pop()
        is_word = value.alias is not None and not isinstance(value.content, dict | tuple)
        return value.text if is_word else None, value.alias or value.span

    def _scalar(self, event: Any, key: Span | None, place: Place | None) -> Value:
        span = self._span(event)
        text, tag, source = event.value, event.tag, self._source
        style: Style = event.style or ""
        if style in ("|", ">"):
            span = self._without_blank_lines(span, text)
        untagged = text if style else scalars.plain(text)
        content = untagged if tag is None else self._tagged(event)
        self._end = span.end
        is_anchored = event.anchor is not None
        value = Value(
            place or self._place(event.start_mark),
            content,
            source.text[span.start : span.end],
            tag if tag in TAGS else "",
            span,
            key,
            style,
            is_anchored,
            source=source,
        )
        if is_anchored:
            self._anchors[event.anchor] = _Anchor(value)
        return value

    def _tagged(self, event: Any) -> Scalar:
        if event.tag == "!" or event.tag in TAGS:
            return event.value if event.style else scalars.plain(event.value)
        if not self._is_meant(event):
            return None
        try:
            return scalars.tagged(event.value, event.tag)
        except ValueError:
            self._problem(self._index(event.start_mark), "this number cannot be read")
            return None

    def _is_meant(self, event: Any) -> bool:
        """Whether its tag means something."""
        if event.tag is None or event.tag in TAGS or scalars.is_known(event.tag):
            return True
        what = "YAML tags have no meaning in a Compose file"
        self._problem(self._index(event.start_mark), what, f"Remove {shown(event.tag)}.")
        return False

    def _opened(self, event: Any) -> _Anchor | None:
        if event.anchor is None:
            return None
        anchor = self._anchors[event.anchor] = _Anchor()
        return anchor

    def _alias(self, event: Any, key: Span | None, place: Place | None) -> Value:
        anchor = self._anchors.get(event.anchor)
        span = Span(self._index(event.start_mark), self._index(event.end_mark))
        self._end = span.end
        if anchor is None:
            raise _Broken(span.start, "found undefined alias")
        place = place or self._place(event.start_mark)
        what = ""
        if anchor.value is None:
            what = "an anchor cannot contain its own alias"
        elif len(self._path) + anchor.height > MAX_DEPTH:
            what = "this is nested too deeply"
        if what or anchor.value is None:
            self._problem(span.start, what)
            return Value(place, None, span=span, key=key, alias=span, source=self._source)
        self._count += anchor.size
        self._deepest = max(self._deepest, len(self._path) + anchor.height)
        if self._count > MAX_VALUES:
            what = f"its anchors expand to more than {MAX_VALUES} values"
            raise _mistake(self._source, 0, what, "Use fewer aliases inside of anchors.")
        anchor.value = shared(anchor.value)
        return replace(anchor.value, place=place, key=key, alias=span, anchored=False)

    def _problem(self, index: int, what: str, next_step: str = "", below: int = 1) -> None:
        path = dotted(tuple(self._path[: len(self._path) - 1 + below]))
        line, column = self._source.line_and_column(index)
        self.problems.append(Problem(self._source.file, line, column, path, what, next_step))

    def _place(self, mark: Any) -> Place:
        if self._counts_lines:
            return self._source.place(self._index(mark))
        return Place(self._source.file, mark.line + 1, mark.column + 1)

    def _index(self, mark: Any) -> int:
        return int(mark.index) + self._offset

    def _span(self, event: Any) -> Span:
        """Without anchor and tag."""
        offset = self._offset
        start, end = event.start_mark.index + offset, event.end_mark.index + offset
        if event.anchor is None and event.tag is None:
            return Span(start, end)
        found = _PROPERTIES.match(self._source.text, start)
        after = found.end() if found else start
        return Span(min(after, end) if type(event) is ScalarEvent else after, end)

    def _without_blank_lines(self, span: Span, value: str) -> Span:
        """Of a block scalar, without the empty lines below it, unless they belong to it."""
        written = span.of(self._source.text)
        header = written.split("\n", 1)[0].split("#")[0]
        if "+" in header or value.rstrip("\n")[-1:].isspace():
            return span
        found = _TRAILING.search(written)
        return Span(span.start, span.start + found.end(1)) if found else span

    def _close(self, event: Any) -> None:
        """Brackets end what they close; a block ends with the last of its values."""
        if event.end_mark.index > event.start_mark.index:
            self._end = self._index(event.end_mark)
