"""What lies beside a Compose file and says more of its services. Reads files, and no large ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from argosy.compose_files import dotenv
from argosy.imported import dockerfile
from argosy.imported.dockerfile import Dockerfile
from argosy.imported.service import Beside, Service

MOST_BYTES = 64 << 10
MOST_FILES = 40
CONFIGURATION = (".conf", ".cfg", ".yml", ".yaml", ".toml", ".template", ".json", "")
DEPTH = 3


def look(service: Service) -> Beside:
    """What there is; what cannot be read is as if it were not there."""
    folder = code_folder(service)
    names = frozenset(_names(folder)) if folder is not None and folder.is_dir() else None
    return Beside(
        _dockerfile(service),
        names,
        (folder and _text(folder / "requirements.txt")) or "",
        {named: dotenv.read(text) for named, text in _env_files(service)},
        dict(_configuration(service)),
    )


def code_folder(service: Service) -> Path | None:
    """The folder of a service's own code: what it is built from, or mounts where it works."""
    if service.context is not None:
        return service.context
    workdir = service.text("working_dir") or "/app"
    for mount in service.mounts:
        if mount.kind == "bind" and mount.target.rstrip("/") == workdir.rstrip("/"):
            return mount.origin / mount.source
    return None


def _dockerfile(service: Service) -> Dockerfile | None:
    if inline := service.text("build", "dockerfile_inline"):
        return dockerfile.read(inline)
    if service.context is None:
        return None
    named = service.text("build", "dockerfile") or "Dockerfile"
    text = _text(service.context / named)
    return None if text is None else dockerfile.read(text)


def _env_files(service: Service) -> Iterator[tuple[str, str]]:
    value = service.value.below(("env_file",))
    for one in (value.items or (value,)) if value else ():
        named = one.mapping.get("path", one)
        text = _text(named.place.file.parent / named.text) if named.text else None
        if text is not None:
            yield named.text, text


def _configuration(service: Service) -> Iterator[tuple[Path, str]]:
    """The texts that it mounts, of files and of the folders right above them."""
    places = [mount.origin / mount.source for mount in service.mounts if mount.kind == "bind"]
    files = [file for place in places for file in _files(place)]
    for file in files[:MOST_FILES]:
        text = _text(file)
        if text is not None:
            yield file, text


def _files(place: Path) -> list[Path]:
    try:
        if place.is_file():
            return [place] if place.suffix in CONFIGURATION else []
        names = sorted(place.iterdir()) if place.is_dir() else []
        return [one for one in names if one.is_file() and one.suffix in CONFIGURATION[:-1]]
    except OSError:
        return []


def _names(folder: Path, below: str = "", depth: int = DEPTH) -> Iterator[str]:
    try:
        entries = sorted(folder.iterdir())[:1000]
    except OSError:
        return
    for one in entries:
        name = f"{below}{one.name}"
        if one.is_file():
            yield name
        elif depth > 1 and one.is_dir() and not one.name.startswith((".", "__", "node_modules")):
            yield from _names(one, f"{name}/", depth - 1)


def _text(file: Path) -> str | None:
    try:
        if not file.is_file() or file.stat().st_size > MOST_BYTES:
            return None
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError):
        return None
