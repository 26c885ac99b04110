"""Companions in a file of another folder: their relative paths. No I/O here.

A relative path of a companion is relative to the stack file; Compose reads it relative to its own.
"""

from __future__ import annotations

import copy
import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

RELATIVE = re.compile(r"\.{1,2}(/|$)")


def placed(service: Mapping[str, Any], home: str) -> dict[str, Any]:
    """The service with its relative paths led by ``home``, the way to the stack file's folder."""
    made = copy.deepcopy(dict(service))
    build = made.get("build")
    if isinstance(build, str):
        made["build"] = _moved(build, home)
    elif isinstance(build, dict) and isinstance(build.get("context"), str):
        build["context"] = _moved(build["context"], home)
    if "env_file" in made:
        made["env_file"] = _moved_files(made["env_file"], home)
    made["volumes"] = [_moved_volume(one, home) for one in made.get("volumes", [])]
    return made if made["volumes"] else {key: made[key] for key in made if key != "volumes"}


def _moved_volume(volume: object, home: str) -> object:
    if isinstance(volume, dict):
        moved = isinstance(volume.get("source"), str)
        return {**volume, "source": _moved(volume["source"], home)} if moved else volume
    source, colon, rest = str(volume).partition(":")
    return f"{_moved(source, home)}{colon}{rest}" if colon else volume


def _moved_files(files: object, home: str) -> object:
    if isinstance(files, str):
        return _moved_file(files, home)
    return [*_each_moved(files, home)] if isinstance(files, list) else files


def _each_moved(files: list[Any], home: str) -> Iterator[object]:
    for one in files:
        if isinstance(one, dict) and isinstance(one.get("path"), str):
            yield {**one, "path": _moved_file(one["path"], home)}
        else:
            yield _moved_file(one, home) if isinstance(one, str) else one


def _moved_file(path: str, home: str) -> str:
    """Of an ``env_file`` a plain name is a path, too."""
    return path if path.startswith(("/", "~", "$")) else _moved(f"./{path}", home)


def _moved(path: str, home: str) -> str:
    if not RELATIVE.match(path):
        return path
    moved = posixpath.normpath(posixpath.join(home, path))
    return moved if moved.startswith("..") else f"./{moved}"
