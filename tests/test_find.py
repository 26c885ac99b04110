from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from argosy import find
from argosy.errors import CannotStart, UsageError


def stack(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "argosy.yaml"
    file.write_text("models: {}\n")
    return file


def test_a_folder_and_its_file_name_the_same_stack(tmp_path: Path) -> None:
    file = stack(tmp_path / "desk")
    assert find.stack_file(file.parent) == find.stack_file(file) == file


def test_a_folder_without_a_stack_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no argosy\.yaml in this folder.*argosy init"):
        find.stack_file(tmp_path)


def test_a_place_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        find.stack_file(tmp_path / "nowhere")


def test_the_current_folder_may_have_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find.stack_file_here() is None
    (tmp_path / "argosy.yaml").touch()
    assert find.stack_file_here() == tmp_path / "argosy.yaml"


def test_a_model_is_named_behind_its_stack(tmp_path: Path) -> None:
    file = stack(tmp_path / "desk")
    (tmp_path / "desk" / "sentiment").mkdir()
    assert find.stack_and_model(str(tmp_path / "desk" / "sentiment")) == (file, "sentiment")
    assert find.stack_and_model(str(tmp_path / "desk")) == (file, None)


def test_inside_a_stack_a_model_is_named_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = stack(tmp_path / "desk")
    monkeypatch.chdir(tmp_path / "desk")
    assert find.stack_and_model("sentiment") == (file, "sentiment")
    assert find.stack_and_model(".") == (file, None)


def test_a_running_stack_is_known_by_its_name_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = stack(tmp_path / "desk")
    (find.run_folder(file) / "stack.json").write_text(json.dumps({"file": str(file)}))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert find.stack_and_model("desk") == (file, None)
    assert find.stack_and_model("desk/digits") == (file, "digits")


def running(file: Path) -> Path:
    """The same file, whose stack runs."""
    (find.run_folder(file) / "stack.json").write_text(json.dumps({"file": str(file)}))
    return file


def test_a_model_of_the_stack_here_comes_before_a_stack_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = running(stack(tmp_path / "desk"))
    monkeypatch.chdir(here.parent)
    assert find.stack_and_model("desk") == (here, None)
    assert find.other_meaning("desk") is None
    here.write_text("models: {desk: {}, digits: {}}")
    other = running(stack(tmp_path / "elsewhere" / "digits"))
    for name, meant in (("desk", here), ("digits", other)):
        assert find.stack_and_model(name) == (here, name)
        assert find.other_meaning(name) == meant
        assert find.stack_named(name) == meant
    (here.parent / "digits").mkdir()
    assert find.stack_and_model("./digits") == (here, "digits")
    here.write_text("models: [")
    assert find.stack_and_model("digits") == (other, None)


def test_two_running_stacks_of_one_name_are_told_apart_by_their_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("one", "two"):
        running(stack(tmp_path / place / "desk"))
    monkeypatch.chdir(tmp_path)
    for meaning in (find.stack_and_model, find.stack_named):
        with pytest.raises(UsageError, match=r"several stacks of this name run.*two/desk\."):
            meaning("desk")


def test_where_a_stack_is_meant_a_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = stack(tmp_path / "desk")
    monkeypatch.chdir(tmp_path / "desk")
    assert find.stack_named(".") == file
    with pytest.raises(UsageError, match=r"sentiment: no stack is here.*folder or file, as `\.`"):
        find.stack_named("sentiment")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="as `desk`"):
        find.stack_named("desk/sentiment")


def test_what_is_neither_stack_nor_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="argosy ls"):
        find.stack_and_model("nothing")


def test_two_stacks_have_run_folders_of_their_own(tmp_path: Path) -> None:
    one, two = stack(tmp_path / "one"), stack(tmp_path / "two")
    assert find.run_folder(one) != find.run_folder(two)


def test_a_socket_in_a_run_folder_fits_into_108_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARGOSY_RUN_DIR")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000000")
    longest = f"{'m' * 40}.r10000.1000/s"
    address = Path("/run/user/1000000/argosy/01234567") / longest
    assert len(os.fsencode(address)) < 108


def test_a_run_folder_that_others_may_open_is_refused(own_folders: Path) -> None:
    own_folders.chmod(0o755)
    with pytest.raises(CannotStart, match="belong to you alone"):
        find.run_root()
