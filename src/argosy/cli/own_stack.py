"""The checklist over the stack that a command is about to run or build."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from argosy.lint.run import Report, Reported

NO_LINT = click.option("--no-lint", is_flag=True, help="Go on whatever `argosy lint` finds.")


def refuse_errors(file: Path) -> None:
    """Raises ArgosyError where the linter finds errors, after showing them; tells of warnings.

    That the linter itself does not work stops no stack.
    """
    from argosy.errors import ArgosyError

    try:
        report = _report(file)
    except Exception as error:  # noqa: BLE001  a fault of the linter is not one of the stack
        click.echo(f"The stack is not linted: {str(error) or type(error).__name__}", err=True)
        return
    for fault in report.faults:
        click.echo(f"The stack is linted in part: {fault}", err=True)
    errors = [one for one in report.found if one.severity == "error"]
    if errors:
        _show(errors)
        count = "an error" if len(errors) == 1 else f"{len(errors)} errors"
        step = "Mend what is shown above, or go on with --no-lint."
        raise ArgosyError(f"the linter finds {count}", where=str(file), next_step=step)
    if warnings := report.count("warning"):
        noun = "warning" if warnings == 1 else "warnings"
        click.echo(f"{warnings} {noun}: argosy lint {_shown(file)}", err=True)


def _report(file: Path) -> Report:
    from dataclasses import replace

    from argosy.lint.flags import Flags, groups
    from argosy.lint.run import lint
    from argosy.supervisor.measured import facts

    (group,) = groups([file], Flags())
    known = group.settings.facts
    measured = facts(file).services
    settings = replace(
        group.settings, facts=replace(known, services={**measured, **known.services})
    )
    return lint(group.paths, settings)


def _show(errors: list[Reported]) -> None:
    from argosy.lint.configuration_files import repository
    from argosy.lint.formats.text import show
    from argosy.lint.presentation import Presentation

    here = Path.cwd()
    for one in errors:
        click.echo(show(one, Presentation(here, repository(here))), err=True)


def _shown(file: Path) -> str:
    here = Path.cwd()
    return str(file.relative_to(here)) if file.is_relative_to(here) else str(file)
