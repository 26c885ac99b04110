from __future__ import annotations

import io

from rich.console import Console

from argosy.cli.findings import report_table, summary
from argosy.doctor.result import Group, Report, Result, Verdict


def report(*verdicts: Verdict, stack: str | None = "/s/argosy.yaml") -> Report:
    results = tuple(
        Result(f"part {place}", verdict, "found", "why", "sudo mend")
        for place, verdict in enumerate(verdicts)
    )
    return Report(stack, (Group("docker", needed=True, results=results),))


def printed(of: Report) -> str:
    file = io.StringIO()
    Console(file=file, width=80, no_color=True).print(report_table(of))
    return file.getvalue()


def test_verdicts_are_told_by_sign_and_word() -> None:
    text = printed(report("ok", "note", "warning", "failure"))
    for words in ("✓ ok", "· note", "! warning", "✗ failure"):
        assert words in text
    assert "→ sudo mend" in text


def test_a_group_that_is_not_needed_says_so() -> None:
    group = Group("gpus", needed=False, results=(Result("driver", "note", "none"),))
    assert "not needed here" in printed(Report(None, (group,)))


def test_the_last_line_counts() -> None:
    assert summary(report("ok", "failure")) == (
        "1 of 2 failed for this stack; each says what mends it."
    )
    assert summary(report("ok", "warning")) == "Nothing failed for this stack; warnings: 1 of 2."
    assert summary(report("ok", "note", stack=None)) == "All is well for this machine: 2 looked at."
