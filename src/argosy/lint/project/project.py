"""All files that are linted, put together: which image a service is built from, and so on. Pure."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from argosy.compose_files.project import Project as ComposeFiles
from argosy.errors import Problem
from argosy.lint.project.facts import Facts, Thresholds
from argosy.lint.project.image import Image
from argosy.lint.project.package import Requirements
from argosy.lint.project.program import Program
from argosy.lint.project.service import Service
from argosy.lint.project.source import Source
from argosy.lint.project.stack_model import StackModel
from argosy.records import kept

_MONITORING = re.compile(
    r"(.*/)?(prometheus|grafana|alertmanager|vmagent|victoria-metrics|agent|alloy)(-[a-z]+)*"
)


@dataclass(frozen=True)
class Project:
    """``services`` and ``images`` are those of models; `all_services` has the others, too.

    ``programs`` and ``requirements`` are all that belongs to a model: of images, of models of stack
    files, and loose files that show it themselves. ``problems`` are of files that cannot be read.
    """

    compose: tuple[ComposeFiles, ...] = ()
    all_services: tuple[Service, ...] = ()
    images: tuple[Image, ...] = ()
    models: tuple[StackModel, ...] = ()
    programs: tuple[Program, ...] = ()
    requirements: tuple[Requirements, ...] = ()
    mounted: Mapping[Path, str] = field(default_factory=dict, repr=False)
    facts: Facts = field(default_factory=Facts)
    thresholds: Thresholds = field(default_factory=Thresholds)
    sources: Mapping[Path, Source] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @kept
    def services(self) -> tuple[Service, ...]:
        """The services that serve models."""
        return tuple(one for one in self.all_services if one.is_model)

    def services_of(self, image: Image) -> tuple[Service, ...]:
        """The model services that are built from an image."""
        return self._by_image.get((image.file, image.stage.index), ())

    @kept
    def _by_image(self) -> Mapping[tuple[Path, int], tuple[Service, ...]]:
        found: dict[tuple[Path, int], tuple[Service, ...]] = {}
        for one in self.services:
            if one.built is not None:
                key = one.built.file, one.built.stage.index
                found[key] = (*found.get(key, ()), one)
        return found

    def images_from(self, requirements: Path) -> tuple[Image, ...]:
        """The images that install what a requirements file lists."""
        return self._by_requirements.get(requirements, ())

    @kept
    def _by_requirements(self) -> Mapping[Path, tuple[Image, ...]]:
        found: dict[Path, tuple[Image, ...]] = {}
        for image in self.images:
            for file in {one.file for one in image.requirements.values()}:
                found[file] = (*found.get(file, ()), image)
        return found

    def runs_itself(self, image: Image, keyword: str) -> bool:
        """Whether an image's own CMD or ENTRYPOINT is run.

        It is not where every service that is built from it has something else in its place.
        """
        services = self.services_of(image)
        keys = ("entrypoint",) if keyword == "ENTRYPOINT" else ("command", "entrypoint")
        return not services or not all(any(one.has(key) for key in keys) for one in services)

    def services_in(self, compose: ComposeFiles) -> tuple[Service, ...]:
        """The model services of one set of Compose files."""
        return self._by_files.get(compose.files, ())

    def all_services_in(self, compose: ComposeFiles) -> tuple[Service, ...]:
        """All services of one set of Compose files."""
        return self._all_by_files.get(compose.files, ())

    @kept
    def _by_files(self) -> Mapping[tuple[Path, ...], tuple[Service, ...]]:
        return _by_files(self.services)

    @kept
    def _all_by_files(self) -> Mapping[tuple[Path, ...], tuple[Service, ...]]:
        return _by_files(self.all_services)

    def monitoring_of(self, compose: ComposeFiles) -> tuple[Source, ...]:
        """The configuration that monitoring services of a set of Compose files mount."""
        mounts = [
            clean(compose.folder_of(service.value) / mount.source)
            for service in self.all_services_in(compose)
            if is_monitoring(service)
            for mount in service.mounts
            if mount.kind == "bind"
        ]
        return tuple(
            self.sources[file]
            for file in self.mounted
            if any(file == one or file.is_relative_to(one) for one in mounts)
        )

    def config_of(self, service: Service, path: str) -> str | None:
        """The text of a checkpoint's ``config.json`` that is mounted from this machine."""
        for mount in service.mounts:
            target = mount.target.rstrip("/")
            if mount.kind == "bind" and (path == target or path.startswith(f"{target}/")):
                folder = clean(service.compose.folder_of(service.value) / mount.source)
                return self.mounted.get(folder / path[len(target) :].lstrip("/") / "config.json")
        return None

    def wants_gpu(self, image: Image) -> bool | None:
        """Whether an image runs with GPUs: as its services say; None where no service tells."""
        services = self.services_of(image)
        return any(one.gpus for one in services) if services else None


def clean(path: Path) -> Path:
    """Without ``..`` inside, as Compose cleans paths: one file has one name."""
    return Path(os.path.normpath(path))


def is_monitoring(service: Service) -> bool:
    """Whether a service reads metrics."""
    return bool(_MONITORING.fullmatch(service.image.path))


def _by_files(services: Sequence[Service]) -> dict[tuple[Path, ...], tuple[Service, ...]]:
    found: dict[tuple[Path, ...], list[Service]] = {}
    for one in services:
        found.setdefault(one.compose.files, []).append(one)
    return {files: tuple(group) for files, group in found.items()}
