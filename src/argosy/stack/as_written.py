"""What a stack file hands on to others, its variables unfilled: for files that leave this machine.

Argosy's ``${NAME}`` and ``${NAME:-default}`` are Compose's, so Compose fills them in where it runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from argosy.stack import document as documents

REFERENCE = re.compile(r"\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


@dataclass(frozen=True)
class AsWritten:
    """``env`` of each model that has any, and ``services``, in the syntax of Compose."""

    env: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """The variables that are referred to, each with its default."""
        found: dict[str, str] = {}
        for text in _texts([self.env, self.services]):
            for match in REFERENCE.finditer(text):
                if match[1]:
                    found[match[1]] = found.get(match[1]) or match[2] or ""
        return dict(sorted(found.items()))


def read(file: Path) -> AsWritten:
    """Of a stack file that can be loaded."""
    data = documents.read(file.read_text(), file, None).data
    models = _mapping(data.get("models"))
    env = {
        name: {key: str(_for_compose(value)) for key, value in variables.items()}
        for name, model in models.items()
        if (variables := _mapping(_mapping(model).get("env")))
    }
    return AsWritten(env, _for_compose(_mapping(data.get("services"))))


def escaped(text: str) -> str:
    """A text that Compose takes as it is."""
    return text.replace("$", "$$")


def _for_compose(value: Any) -> Any:
    """A ``$`` that begins no reference is one here; Compose would look for a name behind it."""
    if isinstance(value, dict):
        return {key: _for_compose(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_for_compose(one) for one in value]
    if not isinstance(value, str):
        return value
    whole = re.compile(rf"{REFERENCE.pattern}|\$")
    return whole.sub(lambda match: "$$" if match[0] == "$" else match[0], value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
