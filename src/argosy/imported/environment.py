"""Variables and secrets of a service that becomes a model. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Mapping

from argosy.compose_files.secrets import holds_literal, looks_secret
from argosy.compose_files.tree import Value
from argosy.imported.draft import Draft
from argosy.imported.service import Variable
from argosy.stack.document import Keys

IN_FILE = (
    "THE SECRET ITSELF STANDS IN THE COMPOSE FILE: change it where it was given out, and put the "
    "new one into `.env`; here only its name is kept"
)
AS_FILE = "lies in a file for the model, whose path is in {name}_FILE"


def carry(draft: Draft) -> None:
    """All of `environment` and `env_file` that the kind of service has not spoken for."""
    for variable in draft.service.environment.values():
        if draft.is_open(*variable.path):
            _carry_variable(draft, variable)
    _carry_files(draft)
    _carry_secrets(draft)


def _carry_variable(draft: Draft, variable: Variable) -> None:
    name = variable.name
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        draft.leave(variable.path, "this name of a variable is not possible in a stack file")
    elif looks_secret(name, variable.text):
        _add_secret(draft, name)
        literal = holds_literal(name, variable.raw or "")
        text = f"{AS_FILE.format(name=name)}; the value comes from the variable {name} or `.env`"
        if literal:
            text = f"{name}: {IN_FILE}; it {AS_FILE.format(name=name)}"
            draft.comment(("secrets",), text)
        draft.change(variable.path, text, ("secrets",))
    elif variable.raw is None:
        text = "passed on from where `argosy up` runs; empty where it is not set"
        draft.change(variable.path, text, ("env", name), f"${{{name}:-}}")
    else:
        draft.carry(variable.path, ("env", name), variable.raw)


def _add_secret(draft: Draft, name: str) -> None:
    draft.keys["secrets"] = [*dict.fromkeys((*draft.keys.get("secrets", ()), name))]


def _carry_files(draft: Draft) -> None:
    """A stack file knows no `env_file`: what is in it is written out, without secrets."""
    value = draft.service.value.below(("env_file",))
    if value is None:
        return
    listed: list[tuple[Keys, Value]] = [
        (("env_file", str(index)), one) for index, one in enumerate(value.items)
    ]
    for path, one in listed or [(("env_file",), value)]:
        named = one.mapping.get("path", one).text
        found = draft.service.beside.env_files.get(named)
        if found is None:
            draft.leave(path, f"{named} cannot be read: write its variables under `env`")
            continue
        _carry_file(draft, found)
        names = ", ".join(sorted(found)[:6])
        text = f"written out from {named}: {names}" if found else f"{named} is empty"
        draft.change(path, text, ("env",) if "env" in draft.keys else ())


def _carry_file(draft: Draft, found: Mapping[str, str]) -> None:
    """What `environment` says outranks a file."""
    for name, text in found.items():
        if name in draft.service.environment or not re.fullmatch(r"[A-Za-z_]\w*", name):
            continue
        if looks_secret(name, text):
            _add_secret(draft, name)
        else:
            draft.set(("env", name), text.replace("$", "$$"))


def _carry_secrets(draft: Draft) -> None:
    """Of the key `secrets`: the same names, from another place."""
    value = draft.service.value.below(("secrets",))
    for index, one in enumerate(value.items if value else ()):
        path, name = ("secrets", str(index)), _source(one)
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            _add_secret(draft, name)
            text = f"read from the variable {name} or `.env`, and mounted as /run/secrets/{name}"
            draft.change(path, text, ("secrets",))
        else:
            draft.leave(path, "a secret's name has letters, digits and _: rename it")


def _source(value: Value) -> str:
    return value.word("source") or value.text
