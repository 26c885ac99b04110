"""A service that stays as it is: a companion, under `services:` of the stack file. No I/O here.

What Compose would look for at the top of its file, networks, secrets and the like, a stack file
does not have; it is put into the service where that means the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.compose_files.secrets import holds_literal
from argosy.compose_files.tree import Value
from argosy.imported.draft import Draft
from argosy.imported.roles import Role, dependencies
from argosy.imported.service import Service, mentions
from argosy.stack.document import Keys

PATHS = re.compile(r"(build|build\.context|env_file(\.\d+)?(\.path)?|volumes\.\d+(\.source)?)")
SECRETS, CONFIGS = "/run/secrets/", "/"
_REACHING = (
    '`extra_hosts: ["host.docker.internal:host-gateway"]` and a `gateway.listen` that containers '
    "reach"
)
_SECRET = "A SECRET STANDS HERE: put it into a variable, and `${{{name}}}` in its place"  # noqa: S105


def fill(draft: Draft, roles: Mapping[str, Role], gateway: str) -> None:
    """All of the service; ``gateway`` is the URL at which its models are answered."""
    for key, value in draft.service.value.mapping.items():
        if key == "extends":
            draft.change((key,), "put together with the service that it extends")
        elif key in ("networks", "links", "volumes_from"):
            draft.change((key,), "Argosy makes the networks; companions are known by their names")
        elif key == "depends_on":
            _carry_dependencies(draft, roles)
        elif key in ("secrets", "configs"):
            _carry_files(draft, key, value)
        elif key == "network_mode" and draft.service.text(key).startswith("service:"):
            draft.leave((key,), "the network of another service cannot be shared")
        elif key == "volumes":
            _carry_mounts(draft, value)
        else:
            kept = _plain(draft, value, (key,))
            if kept is not None:
                draft.carry((key,), (key,), kept)
    _say_secrets(draft)
    _say_models(draft, roles, gateway)


def _plain(draft: Draft, value: Value, path: Keys) -> Any:
    """As data; None where there is nothing. Paths are those from the stack file's folder."""
    if value.mapping:
        below = {key: _plain(draft, one, (*path, key)) for key, one in value.mapping.items()}
        return {key: one for key, one in below.items() if one is not None}
    if value.items:
        items = (_plain(draft, one, (*path, str(i))) for i, one in enumerate(value.items))
        return [one for one in items if one is not None]
    if isinstance(value.content, Mapping | tuple):
        return {} if isinstance(value.content, Mapping) else []
    if value.content is None:
        return _nothing(draft, path)
    if isinstance(value.content, str):
        text = draft.service.raw(value)
        return _moved(draft, value, path, text) if PATHS.fullmatch(".".join(path)) else text
    return value.content


def _nothing(draft: Draft, path: Keys) -> str | None:
    """A variable without a value is passed on; a stack file has no keys without values."""
    if "environment" in path or "args" in path:
        kept = f"${{{path[-1]}:-}}"
        text = "passed on from where `argosy up` runs; empty where it is not set"
        draft.change(path, text, path, None)
        return kept
    draft.leave(path, "the key has no value")
    return None


def _moved(draft: Draft, value: Value, path: Keys, text: str) -> str:
    if not re.match(r"\.{1,2}(/|$)|[^/~$:]*$", text) or re.match(r"[a-z+]+://|git@", text):
        return text
    moved = draft.local(value.place.file.parent, text)
    if value.place.file.parent.absolute() == draft.folder.absolute():
        return text
    draft.change(path, f"the same place, from the stack file: {moved}", path)
    return moved


def _carry_dependencies(draft: Draft, roles: Mapping[str, Role]) -> None:
    kept: dict[str, Any] = {}
    for name, (role, path) in dependencies(draft.service, roles).items():
        if path[0] != "depends_on":
            continue
        if role.part != "companion":
            what = "the gateway" if role.part == "gateway" else f"the model {role.name}"
            draft.leave(path, f"{what} is not waited for")
            continue
        value = draft.service.value.below(path)
        assert value is not None
        is_named = bool(value.mapping)
        kept[name] = _plain(draft, value, path) if is_named else {"condition": "service_started"}
        draft.carry(path, ("depends_on",), {})
    draft.keys.pop("depends_on", None)
    if kept:
        plain = all(one == {"condition": "service_started"} for one in kept.values())
        draft.set(("depends_on",), list(kept) if plain else kept)


def _carry_files(draft: Draft, key: str, value: Value) -> None:
    """Compose mounts secrets and configs that are files, read-only; so does a mount."""
    for index in range(len(value.items)):
        path: Keys = (key, str(index))
        name = draft.service.text(*path, "source") or draft.service.text(*path)
        declared = draft.service.file.root.below((key, name, "file"))
        default = SECRETS if key == "secrets" else CONFIGS
        target = draft.service.text(*path, "target") or name
        if declared is None:
            draft.leave(
                path, f"{name} is no file that could be mounted: mount one, or set a variable"
            )
            continue
        source = draft.local(declared.place.file.parent, draft.service.raw(declared))
        target = target if target.startswith("/") else f"{default}{target}"
        _add_mount(draft, f"{source}:{target}:ro")
        draft.change(path, f"mounted: {source}", ("volumes",))


def _carry_mounts(draft: Draft, value: Value) -> None:
    """Those of volumes that stand for a folder become mounts of that folder."""
    for one, mount in zip(value.items, draft.service.mounts, strict=True):
        path = mount.path
        device = draft.service.file.root.below(("volumes", mount.source, "driver_opts", "device"))
        if mount.kind == "volume" and mount.source and device is not None and not one.mapping:
            folder = draft.local(device.place.file.parent, draft.service.raw(device))
            rest = draft.service.raw(one).partition(":")[2]
            _add_mount(draft, f"{folder}:{rest}")
            draft.change(path, f"the volume {mount.source} is the folder {folder}", ("volumes",))
            continue
        text = draft.service.raw(one)
        if not one.mapping and mount.kind == "bind":
            source, colon, rest = text.partition(":")
            text = f"{_moved(draft, one, path, source)}{colon}{rest}"
        _add_mount(draft, _plain(draft, one, path) if one.mapping else text)
        draft.carry(path, ("volumes",), draft.keys["volumes"])


def _add_mount(draft: Draft, mount: Any) -> None:
    draft.keys.setdefault("volumes", []).append(mount)


def _say_secrets(draft: Draft) -> None:
    for name, variable in draft.service.environment.items():
        if holds_literal(name, variable.raw or ""):
            draft.warn(variable.path, _SECRET.format(name=name))


def _say_models(draft: Draft, roles: Mapping[str, Role], gateway: str) -> None:
    """Where it is told an address that a model had."""
    told: dict[Keys, list[str]] = {}
    for name, role in roles.items():
        if role.part == "companion":
            continue
        for path in _places(draft.service, name):
            told.setdefault(path, []).append(name)
    for path, names in told.items():
        draft.warn(path, _address(names, roles, gateway))


def _places(service: Service, name: str) -> list[Keys]:
    """Variables, words of the command, and mounts with files, that name a service's address."""
    found = [one.path for one in service.environment.values() if mentions(one.text, name)]
    found += [one.path for one in service.command if mentions(one.text, name)]
    for file, content in service.beside.configuration.items():
        if mentions(content, name):
            found += [one.path for one in service.mounts if _holds(one.origin / one.source, file)]
    return list(dict.fromkeys(found))


def _holds(source: Path, file: Path) -> bool:
    return source in (file, file.parent)


def _address(names: list[str], roles: Mapping[str, Role], gateway: str) -> str:
    models = [roles[name].name for name in names if roles[name].part == "model"]
    below = f" (what is not OpenAI's below /models/{models[0]})" if models else ""
    return (
        f"{' and '.join(names)}: the gateway answers instead, for containers at "
        f"http://host.docker.internal:{gateway.rpartition(':')[2]}{below}; that takes {_REACHING}"
    )
