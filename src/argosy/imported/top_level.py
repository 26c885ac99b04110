"""What stands in a Compose file beside its services. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping

from argosy.compose_files import variables
from argosy.compose_files.project import Project
from argosy.imported.ledger import Ledger
from argosy.imported.roles import Role
from argosy.imported.service import Service
from argosy.stack.values import slug

TEXTS: Mapping[str, str] = {
    "version": "Compose does not read it either",
    "networks": "Argosy makes the networks: one for each model, with its companions",
    "include": "what it includes is in this stack file",
}


def stack_name(file: Project) -> str:
    """What the file is called; empty where it does not say."""
    value = file.root.below(("name",))
    return slug(variables.fill(value.text, file.variables)) if value else ""


def carry(
    file: Project,
    services: Mapping[str, Service],
    roles: Mapping[str, Role],
    ledger: Ledger,
) -> None:
    """Speak for each of these keys."""
    if value := file.root.below(("name",)):
        same = value.text == stack_name(file)
        text = "" if same else "a stack's name has a-z, 0-9 and -"
        ledger.note("carried" if same else "changed", ("name",), text, ("name",))
    for key, text in TEXTS.items():
        if key in file.root.mapping:
            ledger.note("changed", (key,), text)
    volumes = file.root.below(("volumes",))
    for name in volumes.mapping if volumes else ():
        _carry_volume(file, name, services, roles, ledger)
    for key in ("secrets", "configs"):
        declared = file.root.below((key,))
        for name, one in declared.mapping.items() if declared else ():
            _carry_declared(key, name, "file" in one.mapping, ledger)


def _carry_volume(
    file: Project,
    name: str,
    services: Mapping[str, Service],
    roles: Mapping[str, Role],
    ledger: Ledger,
) -> None:
    at = ("volumes", name)
    users = [
        one for one, service in services.items() if any(m.source == name for m in service.mounts)
    ]
    companions = [one for one in users if roles[one].part == "companion"]
    if (device := file.root.below((*at, "driver_opts", "device"))) is not None:
        text = (
            "its folder is named where it was mounted" if companions else "no companion mounts it"
        )
        ledger.note("changed", at, f"{text}: {device.text}")
    elif not companions:
        what = "no companion mounts it" if users else "nothing mounts it"
        ledger.note("not carried", at, what)
    else:
        value = file.root.below(at)
        options = dict(value.mapping) if value is not None else {}
        if "driver" in options and options["driver"].text == "local":
            options.pop("driver")
        if options:
            text = "its options: make the volume before, or mount a folder"
            ledger.note("not carried", at, text)
        else:
            first = companions[0]
            ledger.note("carried", at, "", ("services", roles[first].name, "volumes"))


def _carry_declared(key: str, name: str, is_file: bool, ledger: Ledger) -> None:
    at = (key, name)
    if key == "secrets":
        text = f"models get it from the variable {name} or `.env`; companions by a mount"
        ledger.note("changed", at, text)
    elif is_file:
        ledger.note("changed", at, "mounted where it is used")
    else:
        ledger.note("not carried", at, "only a config that is a file can be mounted")
