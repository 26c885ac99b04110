"""How Compose puts files and services together (compose-spec, Merge and Extend). No I/O here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from argosy.compose_files.tree import Value
from argosy.stack.document import Keys

RESET, OVERRIDE = "!reset", "!override"
TAGS = frozenset({RESET, OVERRIDE})
SECTIONS = ("services", "volumes", "networks", "secrets", "configs", "models")

_REPLACED = {("command",), ("entrypoint",), ("healthcheck", "test")}
_PAIRS = {
    ("environment",), ("labels",), ("annotations",), ("sysctls",), ("extra_hosts",),
    ("build", "args"), ("build", "labels"), ("deploy", "labels"),
}  # fmt: skip
_NAMES = {("depends_on",), ("networks",)}


def merge_files(base: Value, over: Value) -> Value:
    """Two files as ``docker compose -f base -f over`` reads them."""
    merged = dict(base.mapping)
    for key, value in over.mapping.items():
        known = merged.get(key)
        if key == "services" and known is not None:
            services = dict(known.mapping)
            for name, service in value.mapping.items():
                both = services.get(name)
                services[name] = merge_services(both, service) if both else without_tags(service)
            merged[key] = replace(known, content=services)
        else:
            merged[key] = _merge(known, value, (key,)) if known else value
    return replace(base, content=merged)


def merge_services(base: Value, over: Value) -> Value:
    """A service with what another one sets on top of it."""
    return _merge(base, over, ())


def without_tags(value: Value) -> Value:
    """What ``!reset`` marks is left out."""
    kept = {key: without_tags(one) for key, one in value.mapping.items() if one.tag != RESET}
    is_same = len(kept) == len(value.mapping) and all(
        one is value.mapping[key] for key, one in kept.items()
    )
    return value if is_same else replace(value, content=kept)


def _merge(base: Value, over: Value, path: Keys) -> Value:
    if over.tag == OVERRIDE or path in _REPLACED:
        return over
    if path in _PAIRS and (base.items or over.items):
        return _merge(_pairs(base), _pairs(over), path)
    if path in _NAMES and (base.mapping or over.mapping):
        base, over = _named(base), _named(over)
    if base.mapping and over.mapping:
        return _merge_mappings(base, over, path)
    if base.items and over.items:
        return replace(over, content=_merge_lists(base.items, over.items, path))
    return over


def _merge_mappings(base: Value, over: Value, path: Keys) -> Value:
    merged: dict[str, Value] = dict(base.mapping)
    for key, value in over.mapping.items():
        if value.tag == RESET:
            merged.pop(key, None)
        elif key in merged:
            merged[key] = _merge(merged[key], value, (*path, key))
        else:
            merged[key] = without_tags(value)
    return replace(over, content=merged)


def _merge_lists(base: tuple[Value, ...], over: tuple[Value, ...], path: Keys) -> tuple[Value, ...]:
    identity = _IDENTITIES.get(path, _whole)
    merged = {identity(one): one for one in (*base, *over)}
    return tuple(merged.values())


def _whole(value: Value) -> str:
    return value.text or repr(sorted(_plain(value)))


def _plain(value: Value) -> Iterable[tuple[Keys, str]]:
    return ((path, leaf.text) for path, leaf in value.leaves())


def _mount(value: Value) -> str:
    """A mount is known by the place where it is mounted."""
    if value.mapping:
        return value.word("target")
    parts = value.text.split(":")
    return parts[1] if len(parts) > 1 else parts[0]


def _source(value: Value) -> str:
    return value.word("source") or value.text


_IDENTITIES: Mapping[Keys, Callable[[Value], str]] = {
    ("volumes",): _mount,
    ("secrets",): _source,
    ("configs",): _source,
}


def _pairs(value: Value) -> Value:
    """``[A=1, B]`` as ``{A: 1, B: }``."""
    if not value.items:
        return value
    pairs = {}
    for one in value.items:
        name, equals, text = one.text.partition("=")
        pairs[name] = replace(one, content=text if equals else None, written=text)
    return replace(value, content=pairs)


def _named(value: Value) -> Value:
    """``[a, b]`` as ``{a: {}, b: {}}``."""
    if not value.items:
        return value
    return replace(value, content={one.text: replace(one, content={}) for one in value.items})
