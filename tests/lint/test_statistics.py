from __future__ import annotations

from pathlib import Path

from argosy.lint.run import lint
from argosy.lint.settings import Settings
from argosy.lint.statistics import table
from tests.lint.files import write


def test_every_rule_that_was_used_has_a_line_with_its_count_and_time(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM python:3.12\nRUN pip install torch==2.8.0\n"})
    settings = Settings(select=("AI112", "AI116"))
    report = lint([tmp_path], settings)
    head, *lines = table([(settings, report.project)], report)
    assert head.split() == ["rule", "found", "silenced", "ms"]
    counts = {line.split()[0]: line.split()[2:4] for line in lines}
    assert counts == {"AI112": ["1", "0"], "AI116": ["0", "0"]}
