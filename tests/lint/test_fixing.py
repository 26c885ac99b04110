from __future__ import annotations

from pathlib import Path

from argosy.edits import Edit
from argosy.lint.finding import At, Finding
from argosy.lint.fixing import mend
from argosy.lint.project.source import Source
from argosy.lint.rule import Rule
from argosy.lint.run import Reported
from tests.lint.reports import RULE, UNSAFE, report, reported

SOURCE = Source(Path("compose.yaml"), "a: b\nc: d\ne: f\n")


def finding(*edits: tuple[int, int, str], rule: Rule = RULE) -> Reported:
    """A finding with these edits of the file."""
    fix = tuple(Edit(SOURCE.file, *one) for one in edits)
    return reported(SOURCE, 0, 1, Finding(At(SOURCE.file, 0, 1), "It is.", fix=fix), rule)


def test_edits_that_lie_apart_are_made_together() -> None:
    done = mend(report([finding((3, 4, "x")), finding((8, 9, "y"))]))
    assert done.texts == {SOURCE.file: "a: x\nc: y\ne: f\n"}
    assert len(done.fixed) == 2


def test_of_two_that_want_the_same_piece_the_second_waits_whole() -> None:
    done = mend(report([finding((3, 4, "x")), finding((13, 14, "z"), (2, 4, "y"))]))
    assert done.texts == {SOURCE.file: "a: x\nc: d\ne: f\n"}
    assert len(done.fixed) == 1


def test_the_same_edit_of_two_findings_is_made_once() -> None:
    done = mend(report([finding((3, 4, "x")), finding((3, 4, "x"))]))
    assert done.texts == {SOURCE.file: "a: x\nc: d\ne: f\n"}
    assert len(done.fixed) == 2


def test_unsafe_ones_wait_until_they_are_asked_for() -> None:
    one = report([finding((3, 4, "x"), rule=UNSAFE)])
    assert mend(one).texts == {}
    assert mend(one, unsafe=True).texts == {SOURCE.file: "a: x\nc: d\ne: f\n"}


def test_a_file_can_be_made() -> None:
    file = Path(".dockerignore")
    made = Finding(At(SOURCE.file, 0, 1), "It is.", fix=(Edit(file, 0, 0, ".git\n"),))
    assert mend(report([reported(SOURCE, 0, 1, made)])).texts == {file: ".git\n"}
