"""How well the linter judges the corpus: precision and recall, per rule and over all.

``python -m tests.lint.verdict [case …]`` prints it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argosy.lint.project.facts import Facts, ServiceFacts
from argosy.lint.run import Report, Reported, lint
from argosy.lint.settings import Settings

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Expected:
    """A finding that ought to be. ``subjects`` are alternatives; none means any.

    It may stand at any line from ``line`` to ``last``, those of one instruction.
    """

    rule: str
    files: tuple[str, ...]
    line: int | None = None
    last: int | None = None
    subjects: tuple[str, ...] = ()
    severity: str | None = None

    @property
    def open(self) -> bool:
        """Whether several findings may say it together."""
        return self.line is None and len(self.subjects) != 1

    def __str__(self) -> str:
        place = "|".join(self.files) + (f":{self.line}" if self.line else "")
        about = f" ({'|'.join(self.subjects)})" if self.subjects else ""
        return f"{self.rule} {place}{about}" + (f" {self.severity}" if self.severity else "")


@dataclass(frozen=True)
class Told:
    """A finding that there is, as far as it is compared."""

    rule: str
    file: str
    line: int
    subject: str
    severity: str
    what: str

    def says(self, expected: Expected) -> bool:
        """Whether it says what is expected."""
        return (
            self.rule == expected.rule
            and self.file in expected.files
            and (expected.line is None or self._is_within(expected.line, expected.last))
            and (not expected.subjects or self.subject in expected.subjects)
            and expected.severity in (None, self.severity)
        )

    def _is_within(self, line: int, last: int | None) -> bool:
        return line <= self.line <= (last or line)

    def __str__(self) -> str:
        about = f" ({self.subject})" if self.subject else ""
        return f"{self.rule} {self.file}:{self.line}{about} {self.severity}: {self.what}"


@dataclass(frozen=True)
class Case:
    """One project of the corpus. ``large_files`` by path, in bytes."""

    folder: Path
    about: str
    expected: tuple[Expected, ...]
    facts: Facts
    large_files: dict[str, int]

    @property
    def name(self) -> str:
        """The folder's."""
        return self.folder.name


@dataclass(frozen=True)
class Verdict:
    """What the linter got right, missed, and said for nothing, of one case."""

    case: str
    right: tuple[Expected, ...]
    missed: tuple[Expected, ...]
    wrong: tuple[Told, ...]
    problems: tuple[str, ...] = ()


def cases(names: Sequence[str] = ()) -> list[Case]:
    """All cases, or those that are named. Raises FileNotFoundError for a name of none."""
    folders = [CORPUS / name for name in names] or sorted(CORPUS.iterdir())
    return [_case(one) for one in folders if names or one.is_dir()]


def judge(case: Case, work: Path) -> Verdict:
    """Lint a copy of the case in an empty folder."""
    folder = work / case.name
    shutil.copytree(case.folder, folder, ignore=shutil.ignore_patterns("expected.toml"))
    for name, size in case.large_files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as sparse:
            sparse.truncate(size)
    report = lint([folder], Settings(facts=case.facts))
    told = [_told(one, folder) for one in report.found]
    return compare(case.name, case.expected, told, _problems(report))


def compare(
    case: str, expected: Sequence[Expected], told: Sequence[Told], problems: Sequence[str] = ()
) -> Verdict:
    """Each finding says one expected thing; only what is `Expected.open` may be said often."""
    left = list(told)
    right: list[Expected] = []
    missed: list[Expected] = []
    for one in sorted(expected, key=lambda one: one.open):
        found = next((other for other in left if other.says(one)), None)
        if found is None:
            missed.append(one)
        else:
            right.append(one)
            left.remove(found)
    repeated = [one for one in right if one.open]
    wrong = [one for one in left if not any(one.says(other) for other in repeated)]
    return Verdict(case, tuple(right), tuple(missed), tuple(wrong), tuple(problems))


def precision(verdicts: Sequence[Verdict]) -> float:
    """Of what is said, the share that is right; 1 where nothing is said."""
    return _share(_right(verdicts), sum(len(one.wrong) for one in verdicts))


def recall(verdicts: Sequence[Verdict]) -> float:
    """Of what ought to be said, the share that is; 1 where nothing ought to be."""
    return _share(_right(verdicts), sum(len(one.missed) for one in verdicts))


def table(verdicts: Sequence[Verdict]) -> str:
    """Per rule and over all, then what is missed, what is wrong, and what could not be read."""
    right = [one.rule for verdict in verdicts for one in verdict.right]
    missed = [one.rule for verdict in verdicts for one in verdict.missed]
    wrong = [one.rule for verdict in verdicts for one in verdict.wrong]
    lines = [
        "rule    right  missed  wrong",
        *(
            f"{rule}   {right.count(rule):5}  {missed.count(rule):6}  {wrong.count(rule):5}"
            for rule in sorted({*right, *missed, *wrong})
        ),
        f"all     {len(right):5}  {len(missed):6}  {len(wrong):5}",
        f"precision {precision(verdicts):.3f}, recall {recall(verdicts):.3f}",
        *_listed("missed", [(v.case, str(one)) for v in verdicts for one in v.missed]),
        *_listed("false positives", [(v.case, str(one)) for v in verdicts for one in v.wrong]),
        *_listed("not read", [(v.case, one) for v in verdicts for one in v.problems]),
    ]
    return "\n".join(lines)


def _case(folder: Path) -> Case:
    read = tomllib.loads((folder / "expected.toml").read_text())
    return Case(
        folder,
        read["about"],
        tuple(_expected(one) for one in read.get("finding", [])),
        _facts(read.get("facts", {})),
        read.get("large_files", {}),
    )


def _expected(read: dict[str, Any]) -> Expected:
    return Expected(
        read["rule"],
        tuple(read.get("files") or [read["file"]]),
        read.get("line"),
        read.get("last"),
        tuple(read.get("subjects") or ([read["subject"]] if "subject" in read else [])),
        read.get("severity"),
    )


def _facts(read: dict[str, Any]) -> Facts:
    known = dict(read)
    services = {name: ServiceFacts(**of) for name, of in known.pop("services", {}).items()}
    driver = known.pop("driver", None)
    return Facts(driver=driver, everywhere=ServiceFacts(**known), services=services)


def _told(one: Reported, folder: Path) -> Told:
    file = one.file.relative_to(folder) if one.file.is_absolute() else one.file
    return Told(
        one.rule.code,
        file.as_posix(),
        one.line,
        one.finding.subject,
        one.severity,
        one.finding.what,
    )


def _problems(report: Report) -> list[str]:
    return [str(one) for one in report.problems]


def _right(verdicts: Sequence[Verdict]) -> int:
    return sum(len(one.right) for one in verdicts)


def _share(right: int, other: int) -> float:
    return right / (right + other) if right + other else 1.0


def _listed(title: str, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    if pairs:
        yield f"{title}:"
        yield from (f"  {case}: {text}" for case, text in pairs)


def main(names: Sequence[str]) -> None:
    """Print the table of all cases, or of those that are named."""
    with tempfile.TemporaryDirectory() as work:
        print(table([judge(case, Path(work)) for case in cases(names)]))


if __name__ == "__main__":
    main(sys.argv[1:])
