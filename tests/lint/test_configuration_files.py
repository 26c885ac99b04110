from __future__ import annotations

from pathlib import Path

import pytest

from argosy.errors import UsageError
from argosy.lint.configuration_files import grouped, nearest_file


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.argosy.lint]\n")
    (inner / "pyproject.toml").write_text("[tool.other]\n")
    assert nearest_file(inner) == tmp_path / "pyproject.toml"
    (tmp_path / "a" / ".argosy-lint.yaml").write_text("")
    assert nearest_file(inner) == tmp_path / "a" / ".argosy-lint.yaml"
    assert nearest_file(inner / "Dockerfile") == tmp_path / "a" / ".argosy-lint.yaml"


def test_nothing_above_the_repository_counts(tmp_path: Path) -> None:
    (tmp_path / ".argosy-lint.yaml").write_text("")
    (tmp_path / "a" / ".git").mkdir(parents=True)
    assert nearest_file(tmp_path / "a") is None


def test_two_files_in_one_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / ".argosy-lint.yaml").write_text("")
    (tmp_path / "pyproject.toml").write_text("[tool.argosy.lint.facts]\n")
    with pytest.raises(UsageError, match="both"):
        nearest_file(tmp_path)


def test_paths_are_grouped_by_the_file_that_configures_them(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / ".git").mkdir()
    file = tmp_path / "b" / ".argosy-lint.yaml"
    file.write_text("")
    paths = [tmp_path / "a", tmp_path / "b", tmp_path]
    assert grouped(paths) == {None: [tmp_path / "a", tmp_path], file: [tmp_path / "b"]}
