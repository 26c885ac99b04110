"""What is to be served: a folder of code, or weights."""

from __future__ import annotations

from pathlib import Path

from argosy.errors import UsageError
from argosy.stack.model import Model
from argosy.stack.values import slug
from argosy_runner import engines

CODE = "model.py"


def find(place: Path, engine: str | None = None, weights: Path | None = None) -> Model:
    """The model that ``place`` is: code where it has model.py, else weights.

    Without an ``engine`` that of the code or of the file's suffix is taken. With ``weights`` the
    place is the code. Raises `UsageError`.
    """
    place = _existing(place)
    weights = _existing(weights) if weights is not None else None
    if engine is not None and engine not in engines.names():
        known = ", ".join(engines.names())
        raise UsageError(f"there is no engine {engine!r}", next_step=f"Engines are: {known}.")
    has_code = (place / CODE).is_file()
    engine = engine or ("python" if has_code else _engine_of(weights or place))
    if engines.is_served(engine):
        raise UsageError(
            f"the engine {engine} is a server of its own, which answers through a gateway",
            where=str(place),
            next_step="Write a stack: `argosy init`.",
        )
    if engine == "python" and not has_code:
        raise UsageError(
            f"there is no {CODE}", where=str(place), next_step="Write one with a class Model."
        )
    code = place if engine == "python" or weights is not None else None
    if code is not None and not code.is_dir():
        raise UsageError("this is a file, not a folder of code", where=str(code))
    name = slug(place.name if place.is_dir() else place.stem)
    return Model(name, engine, code, weights or (None if code else place))


def _existing(place: Path) -> Path:
    if not place.exists():
        raise UsageError("no file or folder is here", where=str(place))
    return place.resolve()


def _engine_of(weights: Path) -> str:
    """By the suffix of the file, or of the only file of its kind in the folder."""
    files = sorted(weights.iterdir()) if weights.is_dir() else [weights]
    found = {name for one in files for name in engines.taking(one.suffix)}
    if len(found) == 1:
        return found.pop()
    if weights.is_dir() and not found:
        raise UsageError(
            f"there is no {CODE} and no weights that an engine knows",
            where=str(weights),
            next_step="Write one with a class Model, or name the --engine.",
        )
    what = f"no engine is known for {weights.suffix or 'a file without suffix'}"
    if found:
        what = f"several engines take this: {', '.join(sorted(found))}"
    raise UsageError(what, where=str(weights), next_step="Name the --engine.")
