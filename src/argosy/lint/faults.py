"""A rule that breaks: where, and what to do. The other rules go on. No I/O here."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import shorten

from argosy.errors import Problem
from argosy.lint.project.project import Project
from argosy.lint.rule import Rule

MOST_TOLD = 200


def fault(rule: Rule, project: Project, error: Exception) -> Problem:
    """What is told of it: at the first file that alone breaks the rule, or else at its code."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    code = Path(last.filename)
    told = shorten(f"{type(error).__name__}: {error}".removesuffix(": "), MOST_TOLD)
    return Problem(
        _culprit(rule, project) or code,
        1,
        1,
        "",
        f"the rule {rule.code} {rule.slug} is broken: {told} ({code.name}:{last.lineno})",
        f"Report this mistake of Argosy's with the file; `--ignore {rule.code}` leaves it out.",
    )


def _culprit(rule: Rule, project: Project) -> Path | None:
    return next((file for file, piece in _pieces(project) if _breaks(rule, piece)), None)


def _pieces(project: Project) -> Iterator[tuple[Path, Project]]:
    """Projects of one file each, with what belongs to it."""
    empty = replace(
        project, compose=(), all_services=(), images=(), models=(), programs=(), requirements=()
    )
    for files in project.compose:
        services = project.all_services_in(files)
        yield files.files[0], replace(empty, compose=(files,), all_services=services)
    for image in project.images:
        services = project.services_of(image)
        yield image.file, replace(empty, images=(image,), all_services=services)
    for model in project.models:
        yield model.at.file, replace(empty, models=(model,))
    for program in project.programs:
        yield program.file, replace(empty, programs=(program,))
    for listed in project.requirements:
        yield listed.file, replace(empty, requirements=(listed,))


def _breaks(rule: Rule, project: Project) -> bool:
    try:
        for _ in rule.check(project):
            pass
    except Exception:  # noqa: BLE001  whatever it is, it is the rule's
        return True
    return False
