from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from argosy.cli import argosy
from argosy.errors import ArgosyError

CODE = "class Model:\n    def predict(self, input):\n        return input\n"
TOKEN = "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZ012345"


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stack with a token in its file, in the current folder."""
    (tmp_path / "echo").mkdir()
    (tmp_path / "echo" / "model.py").write_text(CODE)
    (tmp_path / "argosy.yaml").write_text(
        f"models:\n  echo:\n    code: ./echo\n    env: {{HF_TOKEN: {TOKEN}}}\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(argosy, arguments)


@pytest.mark.parametrize("command", [("up", "-d"), ("build", "--print")])
def test_errors_in_the_own_stack_are_shown_and_refused(
    stack: Path, command: tuple[str, ...]
) -> None:
    done = run(*command)
    assert isinstance(done.exception, ArgosyError)
    assert "argosy.yaml:4:21  error AI401 token-written-down" in done.stderr
    assert "the linter finds an error. Mend what is shown above, or go on with --no-lint." in str(
        done.exception
    )
    assert not (stack / ".argosy" / "state.sqlite").exists()


def test_errors_can_be_overridden(stack: Path) -> None:
    done = run("build", "--print", "--no-lint")
    assert done.exit_code == 0, done.output
    assert "AI401" not in done.stderr


def test_warnings_are_one_line(stack: Path) -> None:
    (stack / ".argosy-lint.yaml").write_text("severity: {AI401: warning}\n")
    done = run("build", "--print")
    assert done.exit_code == 0, done.output
    assert "1 warning: argosy lint argosy.yaml\n" in done.stderr


def test_a_comment_with_its_reason_is_enough(stack: Path) -> None:
    file = stack / "argosy.yaml"
    file.write_text(
        file.read_text().replace("    env", "    # argosy ignore=AI401 revoked\n    env")
    )
    done = run("build", "--print")
    assert done.exit_code == 0, done.output
    assert "warning" not in done.stderr


def test_a_linter_that_cannot_work_stops_no_stack(stack: Path) -> None:
    (stack / ".argosy-lint.yaml").write_text("selct: AI101\n")
    done = run("build", "--print")
    assert done.exit_code == 0, done.output
    assert "The stack is not linted: .argosy-lint.yaml:1:1: selct: unknown key." in done.stderr
