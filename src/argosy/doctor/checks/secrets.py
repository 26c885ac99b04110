"""Whether the secrets that models name are set, in the environment or in `.env`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from argosy import find, secrets
from argosy.doctor.case import Case
from argosy.doctor.result import Result

GROUP = "stack"

NAME = "Secrets"


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    if case.stack is None:
        return []
    users: dict[str, list[str]] = {}
    for model in case.stack.models:
        for name in model.secrets:
            users.setdefault(name, []).append(model.name)
    folder = case.stack.folder
    missing = secrets.without_value(users, folder, find.state_folder(case.stack.file))
    return judge(users, missing, folder / secrets.DOT_ENV)


def judge(users: Mapping[str, Sequence[str]], missing: Sequence[str], file: Path) -> list[Result]:
    """The models that need each secret, and the names that have no value."""
    why = "It is read from the environment of `argosy up`, or from .env beside the stack file."
    results = [
        Result(
            NAME,
            "failure",
            f"{name} is not set; {', '.join(users[name])} needs it",
            why,
            _ask_for(name, file),
        )
        for name in missing
    ]
    if users and not missing:
        results.append(Result(NAME, "ok", f"{', '.join(users)} set"))
    return results


def _ask_for(name: str, file: Path) -> str:
    """A command that leaves the value neither on the screen nor in the shell's history."""
    place = shlex.quote(str(file))
    return f"(umask 077; read -rsp '{name}: ' value; echo \"{name}=$value\" >> {place})"
