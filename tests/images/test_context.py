from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from argosy.errors import EnvironmentFailed
from argosy.images import context
from argosy.images.recipe import sources
from argosy_runner import settings as runner_settings
from tests.environments.conftest import write_wheel
from tests.images.conftest import MakeRevision

SIX = "# uv reads its settings in: /home/somebody\nsix==1.17.0 \\\n    --hash=sha256:aa\n"


def contents(folder: Path) -> dict[str, tuple[str, int]]:
    """Digest and mode of every file."""
    return {
        str(file.relative_to(folder)): (
            hashlib.sha256(file.read_bytes()).hexdigest(),
            file.stat().st_mode & 0o777,
        )
        for file in folder.rglob("*")
        if file.is_file()
    }


async def test_all_that_a_build_needs_is_in_the_folder(
    revision: MakeRevision, tmp_path: Path
) -> None:
    await context.write(revision(SIX), tmp_path / "image")
    names = {one.name for one in (tmp_path / "image").iterdir()}
    assert names == {
        ".dockerignore", "Dockerfile", "code", "requirements.txt", "runner", "runner.lock",
        "settings.json",
    }  # fmt: skip
    assert (tmp_path / "image" / "code" / "model.py").is_file()
    assert (tmp_path / "image" / "runner" / "argosy_runner" / "healthcheck.py").is_file()


async def test_nothing_else_in_the_folder_would_get_into_the_build(
    revision: MakeRevision, tmp_path: Path
) -> None:
    await context.write(revision(), tmp_path / "image")
    ignored = (tmp_path / "image" / ".dockerignore").read_text().splitlines()
    assert ignored == [
        "*", "!Dockerfile", "!code", "!runner", "!runner.lock", "!settings.json",
    ]  # fmt: skip


async def test_the_same_revision_gives_the_same_files_over_whatever_was_there(
    revision: MakeRevision, tmp_path: Path
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    await context.write(revision(SIX), one)
    (other / "left").mkdir(parents=True)
    await context.write(revision(SIX), other)
    assert contents(one) == contents(other)


async def test_no_path_of_this_machine_and_no_value_of_a_variable_is_written(
    revision: MakeRevision, tmp_path: Path
) -> None:
    made = replace(revision(SIX, env={"TOKEN": "hunter2"}), weights=Path("/kept/abc/digits.onnx"))
    await context.write(made, tmp_path / "image")
    for file in (tmp_path / "image").glob("*"):
        if file.is_file():
            text = file.read_text()
            assert not [
                word for word in ("hunter2", str(tmp_path), "/kept", "/home") if word in text
            ]


async def test_the_runner_is_told_where_things_lie_in_its_container(
    revision: MakeRevision, tmp_path: Path
) -> None:
    made = replace(revision(), weights=Path("/kept/abc/digits.onnx"))
    await context.write(made, tmp_path / "image")
    told = runner_settings.read(tmp_path / "image" / "settings.json")
    assert (told.listen, told.grpc_listen, told.serve_at) == ("0.0.0.0:8000", "0.0.0.0:9000", None)
    assert (told.python, told.code) == ("/environment/bin/python", "/code")
    assert told.weights == "/weights/digits.onnx"
    assert told.termination_log is None  # why it gave up is the end of its log


def test_a_served_engine_is_told_where_to_serve(revision: MakeRevision) -> None:
    told = context.settings(revision(engine="command", command=("serve",)))
    assert (told.listen, told.grpc_listen, told.serve_at) == ("0.0.0.0:8000", "", "0.0.0.0:8001")


async def test_a_wheel_of_this_machine_comes_along(revision: MakeRevision, tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "0123456789abcdef"
    kept.mkdir(parents=True)
    wheel = write_wheel(kept, "own", "1.0", (), ">=3.8")
    await context.write(revision(f"own @ {wheel.as_uri()} --hash=sha256:bb\n"), tmp_path / "image")
    copied = tmp_path / "image" / "packages" / "0123456789abcdef" / wheel.name
    assert copied.read_bytes() == wheel.read_bytes()


async def test_weights_are_in_the_folder_only_if_they_belong_into_the_image(
    revision: MakeRevision, tmp_path: Path
) -> None:
    kept = tmp_path / "kept" / "w.bin"
    kept.parent.mkdir()
    kept.write_bytes(b"weights")
    await context.write(replace(revision(), weights=kept), tmp_path / "mounted")
    assert not (tmp_path / "mounted" / "weights").exists()
    baked = replace(revision(weights_in_image=True), weights=kept)
    await context.write(baked, tmp_path / "baked")
    assert (tmp_path / "baked" / "weights" / "w.bin").read_bytes() == b"weights"


async def test_a_base_is_pinned_by_the_digest_that_is_given(
    revision: MakeRevision, tmp_path: Path
) -> None:
    digests: Mapping[str, str] = {sources(revision())[0]: "sha256:abcd"}
    made = await context.write(revision(), tmp_path / "image", digests=digests)
    assert made.base.endswith("-slim@sha256:abcd")
    assert f"FROM {made.base} AS base\n" in (tmp_path / "image" / "Dockerfile").read_text()


async def test_a_lock_that_is_gone_is_said(revision: MakeRevision, tmp_path: Path) -> None:
    made = revision(SIX)
    made.lock.file.unlink()
    with pytest.raises(EnvironmentFailed, match="lock is missing"):
        await context.write(made, tmp_path / "image")


def test_settings_are_written_in_one_order(revision: MakeRevision, tmp_path: Path) -> None:
    text = context.settings_text(revision(options={"b": 1, "a": 2}))
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert text.index('"a"') < text.index('"b"')
