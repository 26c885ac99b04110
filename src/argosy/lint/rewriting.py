"""Mending files: rounds on their texts until nothing changes, then every file is written at once.

Nothing is written before all rounds are through, and nothing that could not be read again.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from argosy.errors import ArgosyError
from argosy.lint.fixing import Mended, mend
from argosy.lint.presentation import Presentation
from argosy.lint.run import Report, Reported, lint
from argosy.lint.settings import Settings

MOST_ROUNDS = 50
_BOM = "\ufeff"


@dataclass(frozen=True)
class Rewritten:
    """``before`` and ``after`` are the texts of the files that change, ``left`` is not mended.

    A file that is made has nothing before.
    """

    before: Mapping[Path, str]
    after: Mapping[Path, str]
    fixed: tuple[Reported, ...]
    left: Report

    def without(self, files: Iterable[Path]) -> Rewritten:
        """The same, but these files are left alone."""
        kept = {file: text for file, text in self.after.items() if file not in set(files)}
        return replace(self, after=kept)


def rewrite(
    paths: Sequence[Path],
    settings: Settings,
    given: Mapping[Path, str],
    *,
    unsafe: bool = False,
) -> Rewritten:
    """What mending all that is found below the paths makes of the files; writes nothing.

    Files that lie elsewhere stay as they are, even where a finding's fix would change them. Raises
    as `lint` does.
    """
    texts = dict(given)
    before: dict[Path, str] = {}
    fixed: list[Reported] = []
    report = lint(paths, settings, texts)
    for _ in range(MOST_ROUNDS):
        mended = mend(_within(report, paths), unsafe=unsafe)
        changed = _changed(mended, report)
        if not changed:
            break
        after = lint(paths, settings, {**texts, **changed})
        if set(after.problems) - set(report.problems):
            break
        for file in changed:
            before.setdefault(file, report.source(file).text)
        texts |= changed
        fixed += mended.fixed
        report = after
    return Rewritten(before, {file: texts[file] for file in before}, tuple(fixed), report)


def write(rewritten: Rewritten) -> None:
    """Put the texts into their files, each at once; who reads one meanwhile has the old or the new.

    Modes are kept, and links go on leading where they did. Raises ArgosyError for a file that
    cannot be written, or has changed since it was read.
    """
    for file, text in rewritten.after.items():
        try:
            _replace(file.resolve(), rewritten.before[file], text)
        except OSError as error:
            raise ArgosyError(
                f"this file cannot be written: {error.strerror}",
                where=str(file),
                next_step="Make it and its folder writable, or see the changes with `--diff`.",
            ) from error


def diff(rewritten: Rewritten, presentation: Presentation) -> str:
    """What changes, as `diff -u` shows it; `git apply` takes it at the root of the repository."""
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for file in sorted(rewritten.after)
        for line in difflib.unified_diff(
            _lines(rewritten.before[file]),
            _lines(rewritten.after[file]),
            f"a/{presentation.in_repository(file)}" if rewritten.before[file] else "/dev/null",
            f"b/{presentation.in_repository(file)}",
        )
    )


def fixes(rewritten: Rewritten, presentation: Presentation) -> Iterator[str]:
    """A line for each file that changes: for which rules, how often."""
    for file in sorted(rewritten.after):
        rules = Counter(
            f"{one.rule.code} {one.rule.slug}"
            for one in rewritten.fixed
            if any(edit.file == file for edit in one.finding.fix)
        )
        told = ", ".join(f"{name} ({n})" if n > 1 else name for name, n in sorted(rules.items()))
        yield f"mended {presentation.near(file)}: {told}"


def _within(report: Report, paths: Sequence[Path]) -> Report:
    """The findings whose fixes stay below the paths, wherever links lead, in known texts."""
    places = [path.resolve() for path in paths]
    found = tuple(
        one
        for one in report.found
        if all(
            _is_below(edit.file.resolve(), places)
            and (edit.file in report.project.sources or not edit.file.exists())
            for edit in one.finding.fix
        )
    )
    return replace(report, found=found)


def _is_below(file: Path, places: Sequence[Path]) -> bool:
    return any(file.is_relative_to(place) for place in places)


def _changed(mended: Mended, report: Report) -> dict[Path, str]:
    """The new texts, with ends of lines as the file has them."""
    texts = {}
    for file, text in mended.texts.items():
        old = report.source(file).text
        if "\r\n" in old and not re.search(r"(?<!\r)\n", old):
            text = re.sub(r"(?<!\r)\n", "\r\n", text)  # noqa: PLW2901
        if text != old:
            texts[file] = text
    return texts


def _replace(file: Path, before: str, after: str) -> None:
    content = file.read_bytes() if file.exists() else b""
    has_mark = content.startswith(_BOM.encode()) and not before.startswith(_BOM)
    mark = _BOM.encode() if has_mark else b""
    if content == mark + after.encode():
        return  # by another of its names
    if content != mark + before.encode():
        raise ArgosyError(
            "this file has changed since it was read", where=str(file), next_step="Lint it again."
        )
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as new:
        try:
            new.write(mark + after.encode())
            new.flush()
            os.fsync(new.fileno())
            _take_after(file, Path(new.name))
            Path(new.name).replace(file)
        except BaseException:
            Path(new.name).unlink(missing_ok=True)
            raise


def _take_after(file: Path, new: Path) -> None:
    """Mode and owner, as far as this user may give them; a file that is made has the usual mode."""
    if not file.exists():
        mask = os.umask(0)
        os.umask(mask)
        new.chmod(0o666 & ~mask)
        return
    shutil.copymode(file, new)
    with contextlib.suppress(OSError):
        os.chown(new, file.stat().st_uid, file.stat().st_gid)


def _lines(text: str) -> list[str]:
    """As diff has them: only a newline ends a line."""
    return [line for line in re.split(r"(?<=\n)", text) if line]
