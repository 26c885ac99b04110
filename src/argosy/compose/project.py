"""The Compose project of a stack that runs: its revisions as services, and its companions.

Each model has a network of its own, on which nobody else is but the companions that it depends on,
and which leads nowhere unless the model may reach the internet. No I/O here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from argosy.compose.service import Service, service
from argosy.images import layout
from argosy.stack.model import Model, Stack
from argosy.stack.revision import Revision

PROJECT = "com.docker.compose.project"  # labels that Compose gives to what it makes
SERVICE = "com.docker.compose.service"
NUMBER = "com.docker.compose.container-number"
MODEL = "argosy.model"  # labels of ours
REVISION = "argosy.revision"
PLACES = tuple("./~$")  # how the source of a mount begins that is no volume's name

# As often as Docker checks by itself. The supervisor asks every replica, and nobody acts on what
# Docker finds, while each check is a process in the container and 0.1 s of CPU time.
SELDOM = {"interval": "30s", "start_interval": "5s"}


@dataclass(frozen=True)
class Running:
    """A revision that has, or is to have, ``replicas``.

    ``settings`` is the file with what its runners are told; ``cold_starts`` are measured seconds.
    """

    revision: Revision
    replicas: int
    image: str
    settings: Path
    cold_starts: Sequence[float] = field(default_factory=tuple)


def project_name(stack_name: str, run_folder: Path) -> str:
    """Of the stack whose run folder this is: two stacks of one name are two projects."""
    return f"argosy-{stack_name}-{run_folder.name}"


def service_name(revision: Revision) -> str:
    """``digits-r2``."""
    return f"{revision.model.name}-r{revision.number}"


def network_name(model_name: str) -> str:
    """The network of one model, within its project."""
    return f"model-{model_name}"


def project(
    name: str, stack: Stack, running: Sequence[Running], secrets: Mapping[str, Path]
) -> dict[str, Any]:
    """The whole Compose file. ``secrets`` are files by name."""
    # Companions are on the networks of all that will depend on them, else each new one would have
    # Compose make them anew.
    dependent = {one.name: one for one in stack.models if one.depends_on}
    models = {**dependent, **{one.revision.model.name: one.revision.model for one in running}}
    services = {service_name(one.revision): _service(one) for one in running}
    for companion, written in stack.services.items():
        dependents = [one for one in models.values() if companion in one.depends_on]
        services[companion] = companion_service(written, dependents)
    used = {secret for one in running for secret in one.revision.model.secrets}
    networks = {network_name(one.name): {"internal": not one.internet} for one in models.values()}
    found: dict[str, Any] = literal(
        {
            "name": name,
            "services": services,
            "networks": networks,
            "volumes": {name: {} for name in named_volumes(stack.services)},
            "secrets": {one: {"file": str(secrets[one])} for one in sorted(used)},
        }
    )
    return found


def literal(value: Any) -> Any:
    """The same values where every ``$`` stands for itself: Compose would fill in variables."""
    if isinstance(value, Mapping):
        return {key: literal(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [literal(item) for item in value]
    return value.replace("$", "$$") if isinstance(value, str) else value


def companion_service(written: Mapping[str, Any], dependents: Sequence[Model]) -> Service:
    """As the stack file has it, on the networks of the models that depend on it, too."""
    made = dict(written)
    if dependents and "network_mode" not in made:
        own = made.get("networks") or {"default": None}
        own = own if isinstance(own, dict) else dict.fromkeys(own)
        joined = {network_name(one.name): None for one in dependents}
        made["networks"] = {**own, **joined}
    return made


def named_volumes(services: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The named volumes of companions, which a Compose file must declare."""
    found: set[str] = set()
    for written in services.values():
        for volume in written.get("volumes") or ():
            if isinstance(volume, dict):
                named = volume.get("source") if volume.get("type") == "volume" else None
            else:
                source, colon, _ = str(volume).partition(":")
                named = source if colon and source[:1] not in PLACES else None
            if named:
                found.add(named)
    return sorted(found)


def _service(one: Running) -> Service:
    revision, model = one.revision, one.revision.model
    made = service(model, one.image, one.cold_starts)
    mounts = [_read_only(one.settings, str(layout.SETTINGS))]
    if revision.weights is not None and not model.weights_in_image:
        inside = layout.weights_in_container(revision.weights)
        mounts.append(_read_only(revision.weights, str(inside)))
    return {
        **made,
        "healthcheck": {**made["healthcheck"], **SELDOM},
        "pull_policy": "never",
        "scale": one.replicas,
        "networks": [network_name(model.name)],
        "volumes": mounts,
        "labels": {MODEL: model.name, REVISION: str(revision.number)},
    }


def _read_only(source: Path, target: str) -> dict[str, Any]:
    return {"type": "bind", "source": str(source), "target": target, "read_only": True}
