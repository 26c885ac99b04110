"""Whether the secrets that models name are set, in the environment or in `.env`."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

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
    file = case.stack.folder / ".env"
    known = {name for name, value in os.environ.items() if value} | set(names_in(file))
    return judge(users, known, file)


def judge(users: Mapping[str, Sequence[str]], known: Collection[str], file: Path) -> list[Result]:
    """The models that need each secret, and the names that have a value. No value is read."""
    missing = [name for name in users if name not in known]
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


def names_in(file: Path) -> list[str]:
    """The variables to which a file of ``NAME=value`` lines gives a value."""
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError):
        return []
    return re.findall(r"(?m)^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=[ \t]*[^\s#]", text)
