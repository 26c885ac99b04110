from __future__ import annotations

from pathlib import Path

from argosy.lint.fingerprints import fingerprints
from argosy.lint.project.source import Source
from tests.lint.reports import HERE, reported


def of(text: str, name: str = "compose.yaml") -> tuple[str, ...]:
    """The fingerprints of a finding at each `image`."""
    source = Source(Path(name), text)
    starts = [at for at in range(len(text)) if text.startswith("image", at)]
    return fingerprints([reported(source, at, at + 5) for at in starts], HERE)


def test_they_stay_while_lines_move_and_are_indented() -> None:
    assert of("a:\n  image: b\n") == of("# more\n\na:\n      image:  b\n")


def test_findings_that_are_alike_are_told_apart() -> None:
    assert len(set(of("image: a\nimage: a\nimage: a\n"))) == 3


def test_one_more_further_down_leaves_those_above_as_they_are() -> None:
    assert of("image: a\nimage: a\nimage: a\n")[:2] == of("image: a\nimage: a\n")


def test_other_lines_and_other_files_have_others() -> None:
    assert len({*of("image: a\n"), *of("image: b\n"), *of("image: a\n", "x/compose.yaml")}) == 3
