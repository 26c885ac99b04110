from __future__ import annotations

from pathlib import Path

import pytest

from argosy import scorers
from argosy.errors import ArgosyError
from tests.scorers.scoring import scored, value

CHECKS = """
from beside import HALF

def grade(answer, expected, strict=False):
    return answer == expected if strict else HALF

def wrong(answer, expected):
    return answer["total"]

def leave(answer, expected):
    raise SystemExit(3)

def much(answer, expected):
    return 7

def nothing(answer, expected):
    return None
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "checks.py").write_text(CHECKS)
    (tmp_path / "beside.py").write_text("HALF = 0.5\n")
    return tmp_path


def test_a_function_of_the_users_own_scores(folder: Path) -> None:
    assert value("checks:grade", "a", "b", folder) == 0.5
    assert value({"checks:grade": {"strict": True}}, "a", "a", folder) == 1
    assert value("operator:eq", "a", "a", folder) == 1


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("wrong", "TypeError: "),
        ("leave", "SystemExit: 3"),
        ("much", "from 0 to 1, not 7"),
        ("nothing", "from 0 to 1, not None"),
    ],
)
def test_what_goes_wrong_in_it_is_the_reason_of_a_score_of_0(
    folder: Path, call: str, reason: str
) -> None:
    found = scored(f"checks:{call}", "a", "b", folder)
    assert found.value == 0
    assert reason in found.reason


@pytest.mark.parametrize(
    ("call", "what"),
    [
        ("checks:grad", "checks has no function grad"),
        ("cheks:grade", "no cheks.py is beside the stack file"),
        ("broken:grade", "broken cannot be imported: SyntaxError"),
        ("lacking:grade", "lacking cannot be imported: ModuleNotFoundError: No module named 'nop'"),
    ],
)
def test_what_cannot_be_imported_is_said_at_once(folder: Path, call: str, what: str) -> None:
    (folder / "broken.py").write_text("def")
    (folder / "lacking.py").write_text("import nop")
    with pytest.raises(ArgosyError, match=what):
        scored(call, "a", "b", folder)


@pytest.mark.parametrize(
    "call", ["checks:", ":grade", "a b:c", "a:b:c", "../checks:grade", "a:b.c"]
)
def test_what_names_no_function_is_refused(call: str) -> None:
    with pytest.raises(scorers.WrongScorer, match="names no function"):
        scorers.parse(call)
