"""What each service of a Compose file becomes: a model, a companion, or the gateway. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Literal

from argosy.imported import kinds
from argosy.imported.service import Service, mentions
from argosy.stack.document import Keys
from argosy.stack.schema import GATEWAY_WORDS
from argosy.stack.values import slug

Part = Literal["model", "companion", "gateway"]


@dataclass(frozen=True)
class Role:
    """What one service becomes, and under which name. ``kind`` is what was recognised, if any."""

    part: Part
    name: str
    kind: ModuleType | None = None


def assign(services: Mapping[str, Service]) -> dict[str, Role]:
    """The role of every service by its name in the Compose file.

    A program of the user's own that calls models is no model, but a companion that calls the
    gateway. A proxy that leads to models alone is what the gateway replaces.
    """
    found = {name: kinds.of(service) for name, service in services.items()}
    models = {name for name, kind in found.items() if kind is not None and kinds.is_model(kind)}
    callers = {name for name in models if _is_caller(services[name], models - {name}, found[name])}
    models -= callers
    chosen = {name: service for name, service in services.items() if name in models}
    names = _names(chosen, found, set(services))
    roles: dict[str, Role] = {}
    for name, service in services.items():
        kind = found[name]
        if name in models:
            roles[name] = Role("model", names[name], kind)
        elif kind is not None and kinds.is_proxy(kind) and _leads_to(service, services) <= models:
            roles[name] = Role(
                "gateway" if _leads_to(service, services) else "companion", name, kind
            )
        else:
            roles[name] = Role("companion", name, None if name in callers else kind)
    return roles


def _is_caller(service: Service, models: set[str], kind: ModuleType | None) -> bool:
    """Only somebody's own program can call models: engines of others call nobody."""
    if kind is None or not kinds.is_own_program(kind):
        return False
    return any(service.mentions(name) or name in service.depends_on for name in models)


def _leads_to(service: Service, services: Mapping[str, Service]) -> set[str]:
    """The services that a proxy passes requests on to, as far as its files say."""
    others = set(services) - {service.name}
    texts = service.beside.configuration.values()
    told = {name for name in others if any(mentions(text, name) for text in texts)}
    told |= {name for name in others if service.mentions(name)}
    return told or {name for name in service.depends_on if name in others}


def _names(
    models: Mapping[str, Service], found: Mapping[str, ModuleType | None], taken: set[str]
) -> dict[str, str]:
    """The names of models: what callers name them already, where that can be a name of a model."""
    names: dict[str, str] = {}
    used = set(GATEWAY_WORDS) | (taken - set(models))
    for name, service in models.items():
        kind = found[name]
        served = kinds.served_name(kind, service)
        wished = [served] if served and slug(served) == served else []
        own = slug(name)
        for one in (
            *wished,
            own,
            f"{own[:34]}-model",
            *(f"{own[:36]}-{n}" for n in range(2, 1000)),
        ):
            if one not in used:
                names[name] = one
                used.add(one)
                break
    return names


def dependencies(service: Service, roles: Mapping[str, Role]) -> dict[str, tuple[Role, Keys]]:
    """What a service waits for: the role of each, and where it says so."""
    return {name: (roles[name], path) for name, path in service.depends_on.items() if name in roles}
