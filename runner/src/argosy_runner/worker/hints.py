"""Type hints of ``predict``: described for the runner, which checks by them; and built from.

A description is JSON: the name of a simple type (``str int float bool null bytes any``) or an
object with one key: ``{"list": T}``, ``{"dict": T}`` with text keys, ``{"union": [T, …]}``,
``{"literal": [value, …]}``, ``{"object": {"name": …, "fields": {name: {"type": T, "required":
bool}}}}``. A hint that is none of these is ``any``. Inside an object or a list, bytes are base64 in
the JSON, and bytes again for the model.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import sys
import typing
from typing import Any

SIMPLE: dict[Any, str] = {
    str: "str",
    int: "int",
    float: "float",
    bool: "bool",
    type(None): "null",
    bytes: "bytes",
}
MISSING = dataclasses.MISSING


def parameter_hint(function: object, name: str) -> object:
    """The evaluated hint of one parameter; `Any` without one that can be evaluated."""
    function = getattr(function, "__func__", function)
    try:
        hint = function.__annotations__[name]

        def holder() -> None: ...

        holder.__annotations__ = {name: hint}  # alone: others may not be evaluable
        scope = vars(sys.modules[function.__module__])
        found = typing.get_type_hints(holder, scope)[name]
        hash(found)  # what has none is no type
        return found
    except Exception:  # noqa: BLE001  evaluating a hint runs the model's code, which may do anything
        return Any


def describe(hint: object, inside: tuple[object, ...] = ()) -> object:
    """The description of ``hint``, which lies in the classes ``inside``: recursion is ``any``."""
    if hint in SIMPLE:
        return SIMPLE[hint]
    origin: Any = _origin(hint)
    arguments: Any = getattr(hint, "__args__", ())
    if hint is list or origin is list or origin is collections.abc.Sequence:
        return {"list": describe(arguments[0], inside) if _is_set(arguments) else "any"}
    if hint is dict or origin in {dict, collections.abc.Mapping}:
        if not _is_set(arguments):
            return {"dict": "any"}
        return {"dict": describe(arguments[1], inside)} if arguments[0] is str else "any"
    if _is_union(hint, origin):
        return {"union": [describe(argument, inside) for argument in arguments]}
    if origin is getattr(typing, "Literal", None) and origin is not None:
        return {"literal": list(arguments)} if _plain(arguments) else "any"
    if isinstance(hint, type) and hint not in inside:
        return _describe_class(hint, (*inside, hint))
    return "any"


def describe_answer(hint: object) -> object:
    """The same of what a method returns: of a dataclass every field, each of which is there."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _describe_class(hint, (hint,), answered=True)
    return describe(hint)


def builder(hint: object) -> typing.Callable[[Any], Any] | None:
    """What makes a ``hint`` of parsed JSON; None where the parsed JSON is what is wanted."""
    if hint is bytes:
        return None  # the body of the request, which is no JSON
    return _inner(hint, ())


def returned(hint: object, many: bool) -> object:
    """What one answer of a method is: T of ``list[T]`` where it answers ``many``, of iterators."""
    origin: Any = _origin(hint)
    arguments: Any = getattr(hint, "__args__", ())
    iterates = origin in {
        collections.abc.Iterator, collections.abc.Iterable, collections.abc.Generator,
        collections.abc.AsyncIterator, collections.abc.AsyncIterable,
        collections.abc.AsyncGenerator,
    }  # fmt: skip
    if iterates or (many and origin in {list, collections.abc.Sequence}):
        return arguments[0] if _is_set(arguments) else Any
    return Any if many else hint


def _inner(hint: object, inside: tuple[object, ...]) -> typing.Callable[[Any], Any] | None:
    """`builder` of what lies inside the JSON, in the classes ``inside``."""
    origin: Any = _origin(hint)
    arguments: Any = getattr(hint, "__args__", ())
    if hint is bytes:
        return _decoded
    if isinstance(hint, type) and hint in inside:  # as deep as the value, not as the type
        return lambda value: _object_of(hint, value)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _object_builder(hint, (*inside, hint))
    if isinstance(hint, type) and issubclass(hint, dict) and hasattr(hint, "__total__"):
        return _typed_dict_builder(hint, (*inside, hint))
    if origin in {list, collections.abc.Sequence} and _is_set(arguments):
        return _each(
            _inner(arguments[0], inside), lambda each, value: [each(item) for item in value]
        )
    if origin in {dict, collections.abc.Mapping} and _is_set(arguments):
        return _each(
            _inner(arguments[1], inside),
            lambda each, value: {key: each(item) for key, item in value.items()},
        )
    if _is_union(hint, origin):
        builders = [found for one in arguments if (found := _inner(one, inside))]
        if len(builders) == 1 and not (builders[0] is _decoded and str in arguments):
            only = builders[0]
            built = str if only is _decoded else (dict, list)
            return lambda value: only(value) if isinstance(value, built) else value
    return None


def _object_of(hint: type, value: Any) -> Any:
    build = _inner(hint, ())
    return build(value) if build else value


def _decoded(value: Any) -> Any:
    """The bytes of a base64 text; of an example they are bytes already."""
    if not isinstance(value, str):
        return value
    import base64

    return base64.b64decode(value, validate=True)


def _each(each: Any, build: typing.Callable[[Any, Any], Any]) -> typing.Callable[[Any], Any] | None:
    return (lambda value: build(each, value)) if each else None


def _describe_class(hint: type, inside: tuple[object, ...], answered: bool = False) -> object:
    fields = {}
    try:
        if dataclasses.is_dataclass(hint):
            types = typing.get_type_hints(hint)
            for field in dataclasses.fields(hint):
                if field.init or answered:
                    given = field.default is MISSING and field.default_factory is MISSING
                    fields[field.name] = {
                        "type": describe(types[field.name], inside),
                        "required": given or answered,
                    }
        elif issubclass(hint, dict) and hasattr(hint, "__total__"):
            types = typing.get_type_hints(hint)
            all_required = types if hint.__total__ else ()
            required_keys = getattr(hint, "__required_keys__", all_required)  # Python 3.9
            for name, kind in types.items():
                fields[name] = {"type": describe(kind, inside), "required": name in required_keys}
        else:
            return "any"
    except Exception:  # noqa: BLE001  evaluating a hint runs the model's code, which may do anything
        return "any"
    return {"object": {"name": hint.__name__, "fields": fields}}


def _object_builder(hint: type, inside: tuple[object, ...]) -> typing.Callable[[Any], Any]:
    try:
        types = typing.get_type_hints(hint)
    except Exception:  # noqa: BLE001  see above
        types = {}
    nested = _builders(types, inside)

    def build(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return hint(
            **{key: nested[key](item) if key in nested else item for key, item in value.items()}
        )

    return build


def _typed_dict_builder(
    hint: type, inside: tuple[object, ...]
) -> typing.Callable[[Any], Any] | None:
    try:
        nested = _builders(typing.get_type_hints(hint), inside)
    except Exception:  # noqa: BLE001  see above
        nested = {}
    if not nested:
        return None

    def build(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: nested[key](item) if key in nested else item for key, item in value.items()}

    return build


def _builders(
    types: dict[str, Any], inside: tuple[object, ...]
) -> dict[str, typing.Callable[[Any], Any]]:
    found = {name: _inner(kind, inside) for name, kind in types.items()}
    return {name: build for name, build in found.items() if build is not None}


def _origin(hint: object) -> Any:
    return getattr(hint, "__origin__", None)


def _is_set(arguments: Any) -> bool:
    """Whether a generic says of what it is: a bare ``List`` has type variables on Python 3.8."""
    return bool(arguments) and not any(isinstance(found, typing.TypeVar) for found in arguments)


def _is_union(hint: object, origin: object) -> bool:
    return origin is typing.Union or type(hint).__name__ == "UnionType"


def _plain(values: tuple[object, ...]) -> bool:
    return all(value is None or type(value) in {str, int} for value in values)
