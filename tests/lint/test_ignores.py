from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.ignores import Ignores
from argosy.lint.project.source import Source
from argosy.lint.run import Report, lint
from argosy.lint.settings import Settings
from tests.lint.files import write


def reason(text: str, line: int, code: str = "AI301", slug: str = "no-memory-limit") -> str | None:
    """The reason for which a rule is silent at a line; None where it is not."""
    found = Ignores(Source(Path("compose.yaml"), text)).silencing(code, slug, line)
    return found.reason if found else None


@pytest.mark.parametrize(
    "name", ["AI301", "ai301", "AI3", "AI", "no-memory-limit", "no_memory_limit"]
)
def test_a_rule_is_named_by_code_start_of_a_code_or_slug(name: str) -> None:
    assert reason(f"a: b  # argosy ignore={name} one tenant\n", 1) == "one tenant"


@pytest.mark.parametrize("name", ["AI302", "AI4", "no-memory", "memory-limit", "AI3011", "A"])
def test_other_names_silence_nothing(name: str) -> None:
    assert reason(f"a: b  # argosy ignore={name} one tenant\n", 1) is None


def test_several_rules_share_a_reason() -> None:
    text = "a: b  # argosy ignore=AI302, AI301,no-cpu-limit: one tenant\n"
    assert reason(text, 1) == "one tenant"
    assert reason(text, 1, "AI302", "no-cpu-limit") == "one tenant"


def test_a_comment_reaches_through_comments_to_the_line_below() -> None:
    text = "# argosy ignore=AI301 one tenant\n# more of it\nllm:\n  image: a\n"
    assert reason(text, 3) == "one tenant"
    assert reason(text, 4) is None


def test_a_comment_behind_a_line_counts_for_that_line_alone() -> None:
    text = "a: b  # argosy ignore=AI301\nc: d\n"
    assert (reason(text, 1), reason(text, 2)) == ("", None)


def test_an_empty_line_ends_what_a_comment_reaches() -> None:
    assert reason("# argosy ignore=AI301\n\nllm: a\n", 3) is None


def test_a_global_comment_counts_everywhere() -> None:
    text = "a: b\nc: d\n# argosy global ignore=AI3 a demo\n"
    assert [reason(text, line) for line in (1, 2, 3)] == ["a demo"] * 3


@pytest.mark.parametrize(
    "text",
    [
        "# argosy: ignore=AI301",
        "# ignore=AI301",
        "argosy ignore=AI301",
        "# argosy ignore",
        "# as `# argosy ignore=AI301`",
    ],
)
def test_what_only_looks_alike_silences_nothing(text: str) -> None:
    assert reason(f"{text}\nllm: a\n", 2) is None


def test_lines_of_windows_are_no_part_of_the_reason() -> None:
    assert reason("a: b # argosy ignore=AI301 one tenant\r\nc: d\r\n", 1) == "one tenant"


def linted(folder: Path, settings: Settings) -> Report:
    """A folder with one finding that a comment with a reason silences, and one without."""
    write(
        folder,
        {
            "Dockerfile": """\
            FROM python:3.12-slim
            # argosy ignore=AI112 it is small
            RUN pip install torch==2.8.0
            RUN pip install numpy==2.3.5  # argosy ignore=AI112
            """
        },
    )
    return lint([folder], settings)


def test_a_comment_in_a_file_silences_the_finding(tmp_path: Path) -> None:
    report = linted(tmp_path, Settings(select=("AI112",)))
    assert report.found == ()
    assert [one.reason for one in report.silenced] == ["it is small", ""]


def test_a_reason_can_be_demanded(tmp_path: Path) -> None:
    report = linted(tmp_path, Settings(select=("AI112",), ignores_need_reason=True))
    assert ([one.line for one in report.found], len(report.silenced)) == ([4], 1)


def test_comments_can_be_forbidden(tmp_path: Path) -> None:
    report = linted(tmp_path, Settings(select=("AI112",), ignores_allowed=False))
    assert ([one.line for one in report.found], report.silenced) == ([3, 4], ())
