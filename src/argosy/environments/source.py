"""Where a model's requirements stand, and everything that a lock made from them depends on."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argosy.environments import requirements
from argosy.errors import EnvironmentFailed
from argosy.stack.model import Model


@dataclass(frozen=True)
class Source:
    """The requirements of one model.

    ``file`` is the one to correct when resolving fails, None where the model has none. ``texts`` is
    all that counts: a lock made from the same texts may be used again. ``options`` tell where
    packages come from, as lines of a requirements file.
    """

    folder: Path | None = None
    file: Path | None = None
    uv_lock: Path | None = None
    engine: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is required."""
        return self.file is None and not self.engine

    @property
    def name(self) -> str:
        """What is resolved, for people."""
        if self.file is None:
            return "what the engine needs"
        if self.uv_lock is not None:
            return "uv.lock"
        both = self.file.name != "pyproject.toml" and self.file.with_name("pyproject.toml").exists()
        return f"{self.file.name}{' (pyproject.toml is not read)' if both else ''}"


def find(model: Model, engine: tuple[str, ...]) -> Source:
    """What ``model`` and its engine require. Raises `EnvironmentFailed` for a broken file."""
    if model.code is None:
        return Source(engine=engine, texts=_engine_texts(engine))
    folder = model.code
    settings = folder / "uv.toml"
    pyproject = folder / "pyproject.toml"
    if (file := folder / "requirements.txt").is_file():
        files = tuple(requirements.included(file))
        own = (
            one.text for each in files for one in requirements.requirements(requirements.read(each))
        )
        engine = _without_other_builds(engine, own)
        texts = _engine_texts(engine) + _texts(folder, (*files, settings))
        kept = (*requirements.ROUTING, *requirements.BUILDING)
        options = (
            line
            for one in files
            for line in requirements.options(requirements.read(one), kept, folder)
        )
        return Source(folder, file, None, engine, texts, tuple(options))
    if "project" in (told := _toml(pyproject)):
        uv_lock = folder / "uv.lock"
        engine = _without_other_builds(engine, told["project"].get("dependencies", ()))
        texts = _engine_texts(engine) + _texts(folder, (pyproject, uv_lock, settings))
        locked = uv_lock if uv_lock.is_file() else None
        return Source(folder, pyproject, locked, engine, texts, _explicit_indexes(told))
    return Source(folder, engine=engine, texts=_engine_texts(engine) + _texts(folder, (settings,)))


def _engine_texts(engine: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"engine {line}" for line in sorted(engine))


def _without_other_builds(engine: tuple[str, ...], own: Iterable[str]) -> tuple[str, ...]:
    """The engine's lines without those of which the model requires another build.

    ``xgboost`` and ``xgboost-cpu``, ``onnxruntime`` and ``onnxruntime-gpu`` have the same files:
    installed together, one overwrites the other.
    """
    names = {_package(text) for text in own}
    others = {_build_of(name): name for name in names}
    return tuple(
        line
        for line in engine
        if others.get(_build_of(_package(line)), _package(line)) == _package(line)
    )


def _package(requirement: str) -> str:
    """The normalised name that a requirement begins with."""
    return requirements.normal(re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0])


def _build_of(package: str) -> str:
    return package.removesuffix("-cpu").removesuffix("-gpu")


def _texts(folder: Path, files: tuple[Path, ...]) -> tuple[str, ...]:
    return tuple(
        text for one in files for text in (os.path.relpath(one, folder), requirements.read(one))
    )


def _toml(file: Path) -> Mapping[str, Any]:
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EnvironmentFailed(f"this is not TOML: {error}", where=str(file)) from error


def _explicit_indexes(pyproject: Mapping[str, Any]) -> tuple[str, ...]:
    """Indexes that uv asks only for the packages that ``[tool.uv.sources]`` assigns to them.

    Installing from a lock knows no sources, so it is told of them as further indexes.
    """
    indexes = pyproject.get("tool", {}).get("uv", {}).get("index", [])
    return tuple(f"--extra-index-url {one['url']}" for one in indexes if one.get("explicit"))
