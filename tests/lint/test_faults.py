from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from argosy.lint.finding import At, Finding
from argosy.lint.project.project import Project
from argosy.lint.project.reading import read
from argosy.lint.rule import Rule, named
from argosy.lint.run import Report, examine
from tests.lint.files import lines, write
from tests.lint.reports import RULE

FILES: dict[str, str | bytes] = {
    "a/Dockerfile": "FROM python:3.12-slim\nRUN pip install torch\n",
    "b/Dockerfile": "FROM python:3.12-slim\nRUN pip install torch==2.8.0\nUSER nobody\n",
    "c/compose.yaml": "services:\n  llm: {image: 'vllm/vllm-openai:v0.11.0'}\n",
    "d/argosy.yaml": "models:\n  echo: {code: ./echo}\n",
    "d/echo/model.py": "import torch\n",
    "e/requirements.txt": "torch\n",
}


def users(project: Project) -> Iterator[Finding]:
    """Breaks at the image of folder b, behind a finding in that of folder a."""
    for image in project.images:
        if image.user:
            raise KeyError(image.user)
        yield Finding(image.base_at, "It has no user.")


def services(project: Project) -> Iterator[Finding]:
    for service in project.services:
        raise RecursionError(service.name)
    yield from ()


def models(project: Project) -> Iterator[Finding]:
    for one in project.models:
        raise LookupError(f"{one.name}\n {'word ' * 99}")
    yield from ()


def programs(project: Project) -> Iterator[Finding]:
    for one in project.programs:
        yield Finding(At(one.file, 0, 1), "It imports torch.")
        raise ValueError


def lists(project: Project) -> Iterator[Finding]:
    for one in project.requirements:
        if one.packages[0].name == "torch":
            raise ZeroDivisionError(one.file.name)
    yield from ()


def sums(project: Project) -> Iterator[Finding]:
    """Breaks at all together."""
    if len(project.images) > 1:
        raise ValueError("too many")
    yield from ()


def examined(folder: Path, *rules: Rule) -> Report:
    write(folder, FILES)
    return examine(read([folder]), rules=rules)


def test_the_other_rules_go_on_and_what_was_found_before_stays(tmp_path: Path) -> None:
    (pinned,) = named("AI114")
    report = examined(tmp_path, replace(RULE, check=users), pinned)
    assert [(one.file.parent.name, one.rule.code) for one in report.found] == [
        ("a", "AI305"),
        ("a", "AI114"),
        ("e", "AI114"),
    ]
    assert lines(report)[1:] == [("Dockerfile", 2), ("requirements.txt", 1)]
    assert not report.is_whole


@pytest.mark.parametrize(
    ("check", "file", "told"),
    [
        (users, "b/Dockerfile", "KeyError: 'nobody'"),
        (services, "c/compose.yaml", "RecursionError: llm"),
        (models, "d/argosy.yaml", "LookupError: echo word word"),
        (programs, "d/echo/model.py", "ValueError"),
        (lists, "e/requirements.txt", "ZeroDivisionError: requirements.txt"),
    ],
)
def test_a_fault_names_its_rule_and_the_file_that_breaks_it(
    tmp_path: Path, check: Callable[[Project], Iterator[Finding]], file: str, told: str
) -> None:
    report = examined(tmp_path, replace(RULE, check=check))
    (fault,) = report.faults
    assert fault.file == tmp_path / file
    assert fault.what.startswith(f"the rule AI305 no-start-period is broken: {told}")
    assert len(fault.what) < 300
    assert "`--ignore AI305`" in fault.next_step


def test_what_no_single_file_breaks_is_told_at_the_rules_code(tmp_path: Path) -> None:
    (fault,) = examined(tmp_path, replace(RULE, check=sums)).faults
    assert fault.file == Path(__file__)


def test_what_breaks_nowhere_is_whole(tmp_path: Path) -> None:
    assert examined(tmp_path, RULE).is_whole
