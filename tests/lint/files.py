"""Files of a test, linted."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from argosy.lint.fixing import mend
from argosy.lint.project.facts import Facts
from argosy.lint.run import DEFAULTS, Report, lint
from argosy.lint.settings import Settings

MOST_ROUNDS = 5


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write texts, whose common indentation is taken away, below a folder."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            file.write_text(textwrap.dedent(content).lstrip("\n"))


def lint_files(
    folder: Path, files: Mapping[str, str | bytes], rule: str = "", settings: Settings = DEFAULTS
) -> Report:
    """What is wrong with these files; with a ``rule``, only what that one says."""
    write(folder, files)
    return lint([folder], replace(settings, select=(rule,)) if rule else settings)


def lines(report: Report) -> list[tuple[str, int]]:
    """The file and line of each finding."""
    return [(one.file.name, one.line) for one in report.found]


def mended(
    folder: Path, rule: str, settings: Settings = DEFAULTS, *, unsafe: bool = False
) -> dict[str, str]:
    """The files of a folder after all fixes of a rule; asserts that they converge and stay so."""
    chosen = replace(settings, select=(rule,))
    for _ in range(MOST_ROUNDS):
        done = mend(lint([folder], chosen), unsafe=unsafe)
        if not done.texts:
            break
        for file, text in done.texts.items():
            file.write_text(text)
    else:
        raise AssertionError(f"fixes of {rule} never end")
    return {
        one.relative_to(folder).as_posix(): one.read_text()
        for one in sorted(folder.rglob("*"))
        if one.is_file() and one.suffix != ".bin"
    }


def places(
    folder: Path,
    rule: str,
    files: Mapping[str, str | bytes],
    facts: Facts | None = None,
) -> list[str]:
    """Where a rule finds something: ``compose.yaml:3``, below the folder."""
    settings = replace(DEFAULTS, facts=facts) if facts is not None else DEFAULTS
    report = lint_files(folder, files, rule, settings)
    assert not report.problems
    return [f"{one.file.relative_to(folder).as_posix()}:{one.line}" for one in report.found]
