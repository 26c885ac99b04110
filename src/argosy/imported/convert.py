"""The story of an import: services → models, companions, the gateway; and nothing is forgotten.

No I/O here: `compose_file.read` and `beside.look` have read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from argosy.compose_files import variables
from argosy.compose_files.project import Project
from argosy.imported import beside, companion, model_keys, stack_text, top_level
from argosy.imported.draft import Draft
from argosy.imported.entry import Entry, listen
from argosy.imported.ledger import Ledger, Note
from argosy.imported.roles import Role, assign
from argosy.imported.service import Service
from argosy.stack.document import Keys
from argosy.stack.schema import ModelShape

NO_MODEL = (
    "none of these services is a model that Argosy runs, and a stack needs one: `argosy init` "
    "shows how one is declared"
)


@dataclass(frozen=True)
class Conversion:
    """A stack file's text, and the account of every value of the Compose file.

    ``unset`` are variables without a default, which `argosy up` needs.
    """

    text: str
    models: tuple[str, ...]
    companions: tuple[str, ...]
    notes: tuple[Note, ...]
    accounts: Mapping[Keys, Note]
    unset: tuple[str, ...]


def services(file: Project) -> dict[str, Service]:
    """The services of a file by name, with what lies beside it."""
    found = (Service(name, value, file) for name, value in file.services.items())
    return {one.name: replace(one, beside=beside.look(one)) for one in found}


def convert(file: Project, found: Mapping[str, Service], folder: Path) -> Conversion:
    """A stack file for ``folder`` that runs what the services ran."""
    ledger = Ledger(file.root)
    roles = assign(found)
    entry = listen(found, roles)
    drafts = [
        _draft(found[name], role, roles, entry, folder, ledger) for name, role in roles.items()
    ]
    top_level.carry(file, found, roles, ledger)
    ledger.close()
    made = [one for one in drafts if one is not None]
    values = _values(file, made, entry)
    notes = ledger.notes
    text = _text(file, values, made, notes)
    return Conversion(
        text,
        tuple(one.name for one in made if one.section == "models"),
        tuple(one.name for one in made if one.section == "services"),
        notes,
        ledger.accounts,
        variables.unknown(_without_comments(text), {}),
    )


def _draft(
    service: Service,
    role: Role,
    roles: Mapping[str, Role],
    entry: Entry,
    folder: Path,
    ledger: Ledger,
) -> Draft | None:
    """What one service becomes; None for what the gateway replaces, and what nothing can run."""
    if role.part == "gateway":
        _replace_proxy(service, entry, ledger)
        return None
    section = "models" if role.part == "model" else "services"
    draft = Draft(service, section, role.name, folder, ledger)
    if role.part == "model" and role.kind is not None:
        role.kind.fill(draft)
        entry.carry_ports(draft)
        meant = role.kind.gpus(draft) if hasattr(role.kind, "gpus") else 0
        model_keys.carry(draft, roles, meant)
        entry.wants_keys = entry.wants_keys or draft.wants_keys
        return draft
    if not (service.has("image") or service.has("build")):
        ledger.note("not carried", ("services", service.name), "a provider's service is not run")
        return None
    companion.fill(draft, roles, entry.url)
    if role.kind is not None and hasattr(role.kind, "BESIDE"):
        draft.warn(("image",) if service.has("image") else ("build",), role.kind.BESIDE)
    return draft


def _replace_proxy(service: Service, entry: Entry, ledger: Ledger) -> None:
    at = ("services", service.name)
    for port in service.ports:
        ledger.note("changed", (*at, *port.path), entry.says(port), ("gateway", "listen"))
    files = ", ".join(str(one) for one in service.beside.configuration)
    more = f"; what else {files} says is not carried" if files else ""
    if service.has("volumes"):
        text = f"paths and balancing are the gateway's own{more}"
        ledger.note("not carried" if files else "changed", (*at, "volumes"), text)
    text = "the gateway replaces it, which leads to every model by its name"
    ledger.note("changed", at, text, ("gateway",))


def _values(file: Project, drafts: list[Draft], entry: Entry) -> dict[str, Any]:
    order = list(ModelShape.model_fields)
    models = {
        one.name: dict(sorted(one.keys.items(), key=lambda item: order.index(item[0])))
        for one in drafts
        if one.section == "models"
    }
    companions = {one.name: one.keys for one in drafts if one.section == "services"}
    gateway = {"listen": entry.listen, **({"keys": "required"} if entry.wants_keys else {})}
    name = top_level.stack_name(file)
    return {
        **({"name": name} if name else {}),
        "platform": "compose",
        **({"models": models} if models else {}),
        "gateway": gateway,
        **({"services": companions} if companions else {}),
    }


def _text(
    file: Project, values: Mapping[str, Any], drafts: list[Draft], notes: tuple[Note, ...]
) -> str:
    comments: dict[Keys, list[str]] = {}
    for draft in drafts:
        at = (draft.section, draft.name)
        if draft.section == "models":
            kind = draft.keys.get("engine", "")
            place = draft.service.value.place
            renamed = (
                f"the service {draft.service.name} of " if draft.name != draft.service.name else ""
            )
            comments[at] = [f"{renamed}{place}"] if kind else []
        for below, texts in draft.comments.items():
            comments[(*at, *below)] = texts
    head = stack_text.comment(f"Made by `argosy import` of {', '.join(map(str, file.files))}.")
    if "models" not in values:
        head += stack_text.comment(NO_MODEL[0].upper() + NO_MODEL[1:] + ".")
    left = [
        line
        for note in notes
        if note.status == "not carried"
        for line in stack_text.comment(f"{note.place} {note.subject}: {note.text}", hanging=4)
    ]
    tail = ["", "# Not carried:", *left] if left else []
    return "\n".join([*head, stack_text.write(values, comments).rstrip("\n"), *tail]) + "\n"


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
