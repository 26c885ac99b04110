"""Type hints of ``predict``: described for the runner, which checks by them; and built from.

A description is JSON: the name of a simple type (``str int float bool null bytes any``) or an
object with one key: ``{"list": T}``, ``{"dict": T}`` with text keys, ``{"union": [T, …]}``,
``{"literal": [value, …]}``, ``{"object": {"name": …, "fields": {name: {"type": T, "required":
bool}}}}``. A hint that is none of these is ``any``.
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
        return typing.get_type_hints(holder, scope)[name]
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


def builder(hint: object) -> typing.Callable[[Any], Any] | None:
    """What makes a ``hint`` of parsed JSON; None where the parsed JSON is what is wanted."""
    origin: Any = _origin(hint)
    arguments: Any = getattr(hint, "__args__", ())
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _object_builder(hint)
    if origin is list and _is_set(arguments):
        return _each(builder(arguments[0]), lambda each, value: [each(item) for item in value])
    if origin is dict and _is_set(arguments):
        return _each(
            builder(arguments[1]),
            lambda each, value: {key: each(item) for key, item in value.items()},
        )
    if _is_union(hint, origin):
        builders = [found for found in map(builder, arguments) if found]
        if len(builders) == 1:
            only = builders[0]
            return lambda value: only(value) if isinstance(value, (dict, list)) else value
    return None


def _each(each: Any, build: typing.Callable[[Any, Any], Any]) -> typing.Callable[[Any], Any] | None:
    return (lambda value: build(each, value)) if each else None


def _describe_class(hint: type, inside: tuple[object, ...]) -> object:
    fields = {}
    try:
        if dataclasses.is_dataclass(hint):
            types = typing.get_type_hints(hint)
            for field in dataclasses.fields(hint):
                if field.init:
                    required = field.default is MISSING and field.default_factory is MISSING
                    fields[field.name] = {
                        "type": describe(types[field.name], inside),
                        "required": required,
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


def _object_builder(hint: type) -> typing.Callable[[Any], Any]:
    try:
        types = typing.get_type_hints(hint)
    except Exception:  # noqa: BLE001  see above
        types = {}
    nested = {}
    for field in dataclasses.fields(hint):
        kind = types.get(field.name)
        found = builder(kind) if kind is not hint else None
        if found:
            nested[field.name] = found

    def build(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return hint(
            **{key: nested[key](item) if key in nested else item for key, item in value.items()}
        )

    return build


def _origin(hint: object) -> Any:
    return getattr(hint, "__origin__", None)


def _is_set(arguments: Any) -> bool:
    """Whether a generic says of what it is: a bare ``List`` has type variables on Python 3.8."""
    return bool(arguments) and not any(isinstance(found, typing.TypeVar) for found in arguments)


def _is_union(hint: object, origin: object) -> bool:
    return origin is typing.Union or type(hint).__name__ == "UnionType"


def _plain(values: tuple[object, ...]) -> bool:
    return all(value is None or type(value) in {str, int} for value in values)
