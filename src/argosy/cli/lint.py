"""`lint`: the checklist for AI services, over Dockerfiles, Compose files and what they need."""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from argosy.lint.flags import Flags, Group
    from argosy.lint.presentation import Presentation
    from argosy.lint.run import Report

STDIN = "-"
LEVELS = ("error", "warning", "info", "none")
FORMATS = sorted(
    name
    for _, name, _ in pkgutil.iter_modules([str(Path(__file__).parents[1] / "lint" / "formats")])
)


def _seconds(_: click.Context, __: click.Parameter, text: str | None) -> float | None:
    from argosy.stack.units import UnitError, duration

    if text is None:
        return None
    try:
        return duration(text)
    except UnitError as error:
        meant = error.suggestion or "it like 90s or 5m"
        raise click.BadParameter(f"{text!r} {error.what}. Write {meant}.") from error


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--format", "form", type=click.Choice(FORMATS), help="How to print what is found.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Print there.")
@click.option("--select", multiple=True, metavar="RULE,...", help="Use these rules alone.")
@click.option("--ignore", multiple=True, metavar="RULE,...", help="Leave these rules out.")
@click.option("--config", type=click.Path(path_type=Path), help="Take the settings from there.")
@click.option("--no-config", is_flag=True, help="Read no settings from files.")
@click.option(
    "--failure-threshold", type=click.Choice(LEVELS), help="From which severity on to end with 1."
)
@click.option("--fix", is_flag=True, help="Mend what can be mended safely.")
@click.option("--unsafe-fixes", is_flag=True, help="Mend also what may change how things work.")
@click.option(
    "--diff", "as_diff", is_flag=True, help="Show what mending would change; write nothing."
)
@click.option("--explain", metavar="RULE", help="Print a rule's manual; `all` lists the rules.")
@click.option("--show-silenced", is_flag=True, help="Show also what comments silence.")
@click.option("--statistics", is_flag=True, help="Tell how often each rule spoke, and its time.")
@click.option("--driver", type=click.IntRange(300), help="NVIDIA's driver where it will run: 580.")
@click.option("--compute-capability", type=float, help="That of the GPUs there: 8.6.")
@click.option("--cold-start", callback=_seconds, help="How long services take to be ready: 90s.")
@click.option("--drain", callback=_seconds, help="How long the longest request takes: 30s.")
@click.option("--stdin-filename", type=click.Path(path_type=Path), help="What `-` stands for.")
def lint(
    paths: tuple[str, ...],
    form: str | None,
    as_json: bool,
    output: Path | None,
    config: Path | None,
    no_config: bool,
    fix: bool,
    unsafe_fixes: bool,
    as_diff: bool,
    explain: str | None,
    show_silenced: bool,
    statistics: bool,
    stdin_filename: Path | None,
    **flags: Any,
) -> None:
    """Look for what makes AI services slow, fragile, bloated or unsafe.

    In Dockerfiles, Compose files, stacks, lists of packages and Python, below PATHS (the current
    folder by default); `-` is standard input. Nothing is built, started or fetched. Exit code 0:
    nothing at or above the threshold, 1: something, 2: misuse, or not all could be looked at.
    """
    if explain:
        _explain(explain, as_json)
        return
    from argosy.lint.flags import groups
    from argosy.lint.run import fails, together

    given = _standard_input(stdin_filename) if STDIN in paths else {}
    how = _presentation(output, show_silenced)
    chosen = groups(_paths(paths, tuple(given)), _flags(flags), file=config, search=not no_config)
    if as_diff:
        _show_diff(chosen, given, how, unsafe=unsafe_fixes)
        return
    mends = fix or unsafe_fixes
    reports = [
        _mend(one, given, how, unsafe=unsafe_fixes) if mends else _find(one, given)
        for one in chosen
    ]
    _keep(reports)
    report = together(reports)
    _refuse_nothing(report, paths)
    _print(report, "json" if as_json else form or "text", how, output, err=mends and bool(given))
    if statistics:
        _tell_statistics(report, chosen, reports)
    if not report.is_whole:
        raise SystemExit(2)
    thresholds = [one.settings.failure_threshold for one in chosen]
    if any(fails(one, level) for one, level in zip(reports, thresholds, strict=True)):
        raise SystemExit(1)


def _keep(reports: list[Report]) -> None:
    """To the end, and not taken apart on the way out, neither by its count nor as garbage."""
    kept: list[object] = [reports]
    kept.append(kept)
    gc.freeze()


def _paths(paths: Sequence[str], given: Sequence[Path]) -> list[Path]:
    from argosy.errors import UsageError

    found: list[Path] = []
    for one in paths or (".",):
        if "://" in one:
            step = "Clone or download it, and name the files."
            raise UsageError("addresses are not fetched", where=one, next_step=step)
        found += given if one == STDIN else (Path(one),)
    return found


def _standard_input(filename: Path | None) -> dict[Path, str]:
    from argosy.errors import UsageError

    try:
        text = sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise UsageError("this is not UTF-8", where="standard input") from error
    return {filename or Path("<stdin>"): text}


def _flags(written: Mapping[str, Any]) -> Flags:
    from argosy.lint.flags import Flags

    names = {
        key: tuple(name for one in written[key] for name in one.split(",") if name.strip())
        for key in ("select", "ignore")
    }
    return Flags(**{**written, **names})


def _presentation(output: Path | None, show_silenced: bool) -> Presentation:
    from argosy.lint.configuration_files import repository
    from argosy.lint.presentation import Presentation

    here = Path.cwd()
    is_seen = output is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return Presentation(here, repository(here), is_seen, show_silenced)


def _find(group: Group, given: Mapping[Path, str]) -> Report:
    from argosy.lint import run

    return run.lint(group.paths, group.settings, given)


def _mend(group: Group, given: Mapping[Path, str], how: Presentation, *, unsafe: bool) -> Report:
    """Write what mending makes of the files, of standard input to standard output; tell of it."""
    from argosy.lint.rewriting import fixes, rewrite, write

    done = rewrite(group.paths, group.settings, given, unsafe=unsafe)
    write(done.without(given))
    for file, text in given.items():
        click.echo(done.after.get(file, text), nl=False)
    for line in fixes(done, how):
        click.echo(line, err=True)
    return done.left


def _show_diff(
    chosen: Sequence[Group], given: Mapping[Path, str], how: Presentation, *, unsafe: bool
) -> None:
    from argosy.lint.rewriting import diff, rewrite

    done = [rewrite(one.paths, one.settings, given, unsafe=unsafe) for one in chosen]
    for one in done:
        click.echo(diff(one, how), nl=False)
        for problem in (*one.left.problems, *one.left.faults):
            click.echo(f"argosy: {problem}", err=True)
    if not all(one.left.is_whole for one in done):
        raise SystemExit(2)
    if any(one.after for one in done):
        raise SystemExit(1)


def _refuse_nothing(report: Report, paths: Sequence[str]) -> None:
    from argosy.errors import UsageError

    if not report.project.sources and not report.problems:
        raise UsageError(
            "nothing to lint here",
            where=", ".join(paths or (".",)),
            next_step="Looked for Dockerfiles, Compose files, stacks, lists of packages, Python.",
        )


def _print(report: Report, form: str, how: Presentation, output: Path | None, *, err: bool) -> None:
    from argosy.errors import ArgosyError
    from argosy.lint.format import render
    from argosy.lint.formats.text import summary

    text = render(form, report, how)
    if output is None:
        click.echo(text, nl=False, err=err)
        return
    try:
        output.write_text(text)
    except OSError as error:
        raise ArgosyError(f"cannot be written: {error.strerror}", where=str(output)) from error
    click.echo(summary(report, how), err=err)


def _tell_statistics(report: Report, chosen: Sequence[Group], reports: Sequence[Report]) -> None:
    from argosy.lint.statistics import table

    for line in table(
        [(one.settings, two.project) for one, two in zip(chosen, reports, strict=True)], report
    ):
        click.echo(line, err=True)


def _explain(word: str, as_json: bool) -> None:
    from argosy.lint import manual
    from argosy.lint.rule import named, rules

    is_all = word.lower() == "all"
    found = rules() if is_all else named(word)
    if as_json:
        click.echo(json.dumps([manual.as_data(one) for one in found], indent=2, ensure_ascii=False))
    elif is_all:
        click.echo("\n".join(manual.line(one) for one in found))
    else:
        click.echo("\n".join(manual.terminal(one) for one in found), nl=False)
