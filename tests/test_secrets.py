from __future__ import annotations

import stat
from pathlib import Path

import pytest

from argosy import secrets
from argosy.errors import UsageError


def test_a_secret_is_kept_in_a_folder_that_nobody_else_enters(tmp_path: Path) -> None:
    secrets.keep(["TOKEN"], tmp_path, tmp_path / "state", {"TOKEN": "s3cret"})
    file = secrets.files(tmp_path / "state", ["TOKEN"])["TOKEN"]
    assert file.read_text() == "s3cret"
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o444  # a container's user reads it


def test_a_secret_is_read_from_a_file_beside_the_stack(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# none\nexport TOKEN='a=b'\nOTHER=2\n")
    secrets.keep(["TOKEN", "OTHER"], tmp_path, tmp_path / "state", {"OTHER": "3"})
    kept = secrets.files(tmp_path / "state", ["TOKEN", "OTHER"])
    assert kept["TOKEN"].read_text() == "a=b"
    assert kept["OTHER"].read_text() == "3"


def test_a_secret_that_was_given_once_need_not_be_given_again(tmp_path: Path) -> None:
    secrets.keep(["TOKEN"], tmp_path, tmp_path / "state", {"TOKEN": "one"})
    secrets.keep(["TOKEN"], tmp_path, tmp_path / "state", {})
    assert secrets.files(tmp_path / "state", ["TOKEN"])["TOKEN"].read_text() == "one"
    secrets.keep(["TOKEN"], tmp_path, tmp_path / "state", {"TOKEN": "two"})
    assert secrets.files(tmp_path / "state", ["TOKEN"])["TOKEN"].read_text() == "two"


def test_a_secret_without_a_value_is_refused_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        secrets.keep(["A", "B"], tmp_path, tmp_path / "state", {"A": ""})
    assert str(caught.value) == (
        f"{tmp_path}: no value for the secrets A, B. "
        "Set the variable, or write `A=…` into .env there."
    )


def test_a_model_is_told_where_its_secrets_lie() -> None:
    assert secrets.variables({"TOKEN": "/run/secrets/TOKEN"}) == {
        "TOKEN_FILE": "/run/secrets/TOKEN"
    }


def test_what_the_file_gives_no_value_to_has_none(tmp_path: Path) -> None:
    text = "EMPTY=\nNONE= # later\n#OFF=1\nONE=1 # the first\n TWO = 'x # y'\nbroken line\n"
    (tmp_path / ".env").write_text(text)
    names = ["EMPTY", "NONE", "OFF", "ONE", "TWO"]
    assert secrets.without_value(names, tmp_path, tmp_path, {}) == ["EMPTY", "NONE", "OFF"]
    secrets.keep(["ONE", "TWO"], tmp_path, tmp_path, {})
    kept = secrets.files(tmp_path, ["ONE", "TWO"])
    assert [file.read_text() for file in kept.values()] == ["1", "x # y"]
