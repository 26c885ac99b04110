"""YAML text → plain values, each with its place in the text. No I/O here.

Anchors, aliases and merge keys are expanded; keys that start with ``x-`` are left out; variables
are filled in. What is wrong with the text is collected as problems, and reading goes on.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from argosy.errors import Problem
from argosy.stack.interpolation import Interpolated, interpolate
from argosy.stack.syntax import explain

MAX_DEPTH = 60
MAX_VALUES = 500_000  # a thousand lines of aliases can mean more values than fit into memory

Keys: TypeAlias = tuple[str, ...]
Item = TypeVar("Item")

_TAG = "tag:yaml.org,2002:"
_NUMBERS = ("int", "float")
_NUMBER = re.compile(
    r"(?P<whole>[-+]?[0-9]+)|(?P<based>0x[0-9a-fA-F]+|0o[0-7]+)"
    r"|(?P<broken>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<word>[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)
_TAGS = {"str", "int", "float", "bool", "null", "map", "seq", "merge", "timestamp", "value"}


@dataclass(frozen=True)
class Form:
    """What a file is meant to be: its ``noun``, and the next step where it is not.

    ``tags`` are YAML tags that mean something in it; `Document.tagged` says where they stand.
    """

    noun: str = "stack file"
    if_empty: str = "`argosy init` writes one to start from."
    if_no_mapping: str = "Write `models:` and the models below it."
    tags: frozenset[str] = frozenset()


STACK_FILE = Form()


@dataclass(frozen=True)
class Place:
    """Where a value and its key stand, as indexes into the text, and how the value is written.

    What is ``interpolated`` must not be repeated in a message: `shown` has the variable instead.
    """

    key: int
    value: int
    written: str
    interpolated: bool = False

    @property
    def shown(self) -> str:
        """The value as a message can hold it."""
        kind = self.written in ("a mapping", "a list")
        return self.written if kind else f"`{shown(self.written.splitlines()[0])}`"


@dataclass
class Document:
    """The values of a text. ``faulty`` are the paths whose value has a problem already."""

    file: Path
    text: str
    data: dict[str, object] = field(default_factory=dict)
    places: dict[Keys, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    faulty: set[Keys] = field(default_factory=set)
    tagged: dict[Keys, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lines = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", self.text))]
        self._end = max(len(self.text.rstrip()) - 1, 0)

    def place(self, path: Keys) -> Place:
        """Of the value at ``path``, or of the nearest mapping around it."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places.get(path, Place(0, 0, ""))

    def problem(
        self, index: int, path: Keys, what: str, next_step: str = "", *, spoils: bool = True
    ) -> None:
        """Add a problem at an index of the text. It ``spoils`` the value at its path, mostly."""
        line, column = self.position(min(index, self._end))
        self.problems.append(Problem(self.file, line, column, dotted(path), what, next_step))
        if spoils:
            self.faulty.add(path)

    def position(self, index: int) -> tuple[int, int]:
        """Line and column, from 1, of an index of the text."""
        line = bisect.bisect_right(self._lines, index)
        return line, index - self._lines[line - 1] + 1

    def is_faulty(self, path: Keys) -> bool:
        """Whether the value at ``path``, or one around it, has a problem already."""
        return any(path[:length] in self.faulty for length in range(len(path) + 1))


def dotted(path: Keys) -> str:
    """``models.sentiment.replicas``."""
    return ".".join(shown(key) for key in path)


def shown(text: str) -> str:
    """A text of the file as a message can hold it: one line, not too long."""
    line = "".join(character if character.isprintable() else "�" for character in text)
    return line if len(line) <= 60 else f"{line[:57]}…"


def read(
    text: str, file: Path, environment: Mapping[str, str] | None, form: Form = STACK_FILE
) -> Document:
    """The document of a file's text, or one with the problem that stopped the reading.

    Without an ``environment``, variables stay as they are written.
    """
    text = text.removeprefix("\ufeff")
    document = Document(file, text)
    try:
        root = _compose(text)
    except YAMLError as error:
        index, what, next_step = explain(error, text)
        document.problem(
            index,
            (),
            what.replace("stack file", form.noun),
            next_step.replace("stack file", form.noun),
        )
        return document
    if root is None or (isinstance(root, ScalarNode) and not root.value):
        document.problem(0, (), "the file is empty", form.if_empty)
    elif not isinstance(root, MappingNode):
        what = f"a {form.noun} is a mapping of keys"
        document.problem(root.start_mark.index, (), what, form.if_no_mapping)
    else:
        document.places[()] = Place(root.start_mark.index, root.start_mark.index, "")
        _Reader(document, environment, form).read(root)
    return document


def _compose(text: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = MAX_DEPTH
    yaml.composer.warn_double_anchors = False  # the later one counts, as YAML says
    node: Node | None = yaml.compose(text)
    return node


def number(text: str) -> int | float | None:
    """What YAML 1.2 (core schema, 10.3.2) reads in a plain text, if it is a number."""
    plain = text.replace("_", "")
    found = _NUMBER.fullmatch(plain)
    if found is None:
        return None
    try:
        match found.lastgroup:
            case "whole":
                return int(plain)
            case "based":
                return int(plain, 0)
            case "word":
                return float(plain.replace(".", ""))
        return float(plain)
    except ValueError:  # Python reads whole numbers up to 4,300 digits
        return None


class _TooLarge(Exception):
    pass


class _Reader:
    """Walks the nodes of one document, and fills it."""

    def __init__(
        self, document: Document, environment: Mapping[str, str] | None, form: Form
    ) -> None:
        self._document = document
        self._environment = environment
        self._form = form
        self._open: set[int] = set()
        self._count = 0

    def read(self, root: MappingNode) -> None:
        try:
            self._document.data = self._mapping(root, ())
        except _TooLarge:
            self._document.data = {}
            index = root.start_mark.index
            what = f"its anchors expand to more than {MAX_VALUES} values"
            self._document.problem(index, (), what, "Use fewer aliases inside of anchors.")

    def _value(self, node: Node, path: Keys) -> object:
        if str(node.tag) in self._form.tags:
            self._document.tagged[path] = str(node.tag)
        elif str(node.tag).removeprefix(_TAG) not in _TAGS:
            self._document.problem(
                node.start_mark.index,
                path,
                f"YAML tags have no meaning in a {self._form.noun}",
                f"Remove {shown(str(node.tag))}.",
            )
            return None
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        assert isinstance(node, SequenceNode)
        return self._sequence(node, path)

    def _mapping(self, node: MappingNode, path: Keys) -> dict[str, object]:
        values: dict[str, object] = {}
        for key, value in self._inside(node, path):
            name = str(key.value)
            if name in values or name.startswith("x-"):
                continue
            below = (*path, name)
            self._document.places[below] = self._place(key, value)
            values[name] = self._value(value, below)
        return values

    def _sequence(self, node: SequenceNode, path: Keys) -> list[object]:
        values: list[object] = []
        for index, value in enumerate(self._guarded(node, path, node.value)):
            below = (*path, str(index))
            self._document.places[below] = self._place(value, value)
            values.append(self._value(value, below))
        return values

    def _scalar(self, node: ScalarNode, path: Keys) -> object:
        text = str(node.value)
        tag = str(node.tag).removeprefix(_TAG)
        if tag == "null":
            return None
        if tag == "bool":
            return text.lower() in ("true", "yes", "on")
        if tag in _NUMBERS:
            value = number(text)
            if value is None:
                self._document.problem(node.start_mark.index, path, "this number cannot be read")
            return value
        if self._environment is None:
            return text
        filled, faults = interpolate(text, self._environment)
        for fault in faults:
            index = self._reference(node, text, fault.occurrence)
            self._document.problem(index, path, fault.what, fault.next_step)
        if isinstance(filled, Interpolated):
            places = self._document.places
            places[path] = replace(places[path], interpolated=True)
        return filled

    def _inside(self, node: MappingNode, path: Keys) -> Iterator[tuple[ScalarNode, Node]]:
        """Keys and values of a mapping; its own first, then those it merges."""
        first: dict[str, ScalarNode] = {}
        merged: list[Node] = []
        for key, value in self._guarded(node, path, node.value):
            if not isinstance(key, ScalarNode):
                index, what = key.start_mark.index, "a key must be a word"
                self._document.problem(index, path, what, "Write `key: value`.", spoils=False)
            elif key.tag == f"{_TAG}merge":
                merged += value.value if isinstance(value, SequenceNode) else [value]
            elif key.value in first:
                line, _ = self._document.position(first[key.value].start_mark.index)
                below = (*path, str(key.value))
                what = f"this key is given twice; the first stands in line {line}"
                index = key.start_mark.index
                self._document.problem(index, below, what, "Keep one of them.", spoils=False)
            else:
                first[key.value] = key
                yield key, value
        for other in merged:
            if isinstance(other, MappingNode):
                with self._opened(node):
                    yield from self._inside(other, path)
            else:
                index = other.start_mark.index
                self._document.problem(index, path, "`<<` merges mappings only", spoils=False)

    def _guarded(self, node: Node, path: Keys, items: Iterable[Item]) -> Iterator[Item]:
        """The items, unless the node contains itself or its aliases lead too deep."""
        if id(node) in self._open:
            self._document.problem(
                node.start_mark.index, path, "an anchor cannot contain its own alias"
            )
            return
        if len(self._open) > MAX_DEPTH:
            self._document.problem(node.start_mark.index, path, "this is nested too deeply")
            return
        with self._opened(node):
            for item in items:
                self._count += 1
                if self._count > MAX_VALUES:
                    raise _TooLarge
                yield item

    @contextmanager
    def _opened(self, node: Node) -> Iterator[None]:
        self._open.add(id(node))
        yield
        self._open.discard(id(node))

    def _place(self, key: Node, value: Node) -> Place:
        source = self._document.text[value.start_mark.index : value.end_mark.index]
        properties = re.match(r"(?:[&!]\S*\s+)*", source)
        start = value.start_mark.index + (properties.end() if properties else 0)
        written = self._document.text[start : value.end_mark.index].rstrip()
        if not isinstance(value, ScalarNode):
            written = "a mapping" if isinstance(value, MappingNode) else "a list"
        return Place(key.start_mark.index, start, written)

    def _reference(self, node: ScalarNode, text: str, occurrence: int) -> int:
        """Where the reference stands in the file; escapes and folded lines move it in the value."""
        start = int(node.start_mark.index)
        source = self._document.text[start : node.end_mark.index]
        found = [match.start() for match in re.finditer(r"\$\{", source)]
        return start + found[occurrence] if len(found) == text.count("${") else start
