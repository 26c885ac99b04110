"""Pydantic's errors → problems in plain sentences, at their places. No I/O here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from argosy.nearest import nearest
from argosy.stack.document import Document, Keys, dotted, shown
from argosy.stack.schema import NAME, StackShape, shapes
from argosy.stack.shape import Shape, keys

# Keys of the design that do not exist yet: their nearest word would mislead (gpus → cpus).
_LATER = ("gpu_memory",)
_GIVE_ONE = "Give it one, or leave the key out."

Root = TypeVar("Root", bound=Shape)


def check(document: Document) -> StackShape:
    """The values of a stack file, without those that are wrong: each becomes a problem."""
    return conform(document, StackShape)


def conform(document: Document, root: type[Root]) -> Root:
    """The values of a document of this shape; like `check`."""
    try:
        root.model_validate(document.data)
    except ValidationError as error:
        for path, details in _unreported(document, error):
            _report(document, path, details, root)
    for path in _without_value(document.data):
        if not document.is_faulty(path):
            document.problem(document.place(path).key, path, "has no value", _GIVE_ONE)
    return _sound(document, root)


def _unreported(document: Document, error: ValidationError) -> Iterator[tuple[Keys, ErrorDetails]]:
    """Errors with their paths, without those that follow from a problem of the text."""
    faulty = set(document.faulty)
    for details in error.errors(include_url=False, include_input=False):
        location = tuple(str(key) for key in details["loc"])
        path = location[:-1] if _is_about_key(details) else location
        unknown = details["type"] == "extra_forbidden"
        around = {path[:length] for length in range(len(path) + (not unknown))}
        if not around & faulty:
            yield path, details


def _is_about_key(details: ErrorDetails) -> bool:
    return details["type"] == "wrong" and details["loc"][-1] == "[key]"


def _report(document: Document, path: Keys, details: ErrorDetails, root: type[Shape]) -> None:
    place = document.place(path)
    if details["type"] == "extra_forbidden":
        document.problem(place.key, path, "unknown key", _known(path, root))
    elif details["type"] == "missing":
        what = f"needs the key {path[-1]}"
        document.problem(document.place(path[:-1]).key, path[:-1], what, _example(path, root))
    elif _value(document.data, path) is None:
        document.problem(place.key, path, "has no value", _GIVE_ONE)
    elif details["type"] == "wrong":
        context: dict[str, Any] = details["ctx"]
        path = (*path, *context["below"])
        place = document.place(path)
        suggestion = "" if place.interpolated else context["suggestion"]
        step = suggestion or context["next_step"]
        what = context["what"].replace("{written}", place.shown)
        index = place.key if _is_about_key(details) else place.value
        document.problem(index, path, what, step.replace("{written}", place.shown.strip("`")))
    else:
        what = f"must be a mapping of keys, not {place.shown}"
        document.problem(place.value, path, what, _example(path, root))


def _known(path: Keys, root: type[Shape]) -> str:
    """The next step after an unknown key: the key that was meant, or where it belongs, or all."""
    key, around = path[-1], path[:-1]
    if key in _LATER:
        return "It is not available in this version."
    every = shapes(root)
    known = next(tuple(keys(shape)) for at, shape in every.items() if _matches(at, around))
    for at, shape in every.items():
        if key in keys(shape):
            return f"It belongs under {dotted(at)}." if at else "It belongs at the top of the file."
    if meant := nearest(key, known):
        return f"Did you mean {meant}?"
    return f"Known here: {', '.join(known)}."


def _matches(pattern: Keys, path: Keys) -> bool:
    pairs = zip(pattern, path, strict=False)
    return len(pattern) == len(path) and all(known in (NAME, key) for known, key in pairs)


def _example(path: Keys, root: type[Shape]) -> str:
    """How a mapping is written, from the example of its key."""
    if _matches(("models", NAME), path):
        return f"Write it like `{shown(path[-1])}: {{code: ./{shown(path[-1])}}}`."
    every = shapes(root)
    shape: type[Shape] = next(shape for at, shape in every.items() if _matches(at, path[:-1]))
    examples = keys(shape)[path[-1]].examples or []
    return f"Write it like `{path[-1]}: {flow(examples[0])}`." if examples else ""


def flow(value: object) -> str:
    """A value of an example as YAML has it on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return str(value)


def _value(data: object, path: Keys) -> object:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else data
    return data


def _without_value(data: object, path: Keys = ()) -> Iterator[Keys]:
    if data is None:
        yield path
    for key, value in data.items() if isinstance(data, dict) else ():
        yield from _without_value(value, (*path, key))


def _sound(document: Document, root: type[Root]) -> Root:
    """What is right. A mapping that needs a key that is wrong goes with it; the root needs none."""
    while True:
        try:
            return root.model_validate(_without_faulty(document, document.data, ()))
        except ValidationError as error:
            for details in error.errors(include_url=False, include_input=False):
                document.faulty.add(tuple(str(key) for key in details["loc"][:-1]))


def _without_faulty(document: Document, data: dict[str, object], path: Keys) -> dict[str, object]:
    return {
        key: _without_faulty(document, value, (*path, key)) if isinstance(value, dict) else value
        for key, value in data.items()
        if (*path, key) not in document.faulty
    }
