"""Writing the exported files: all of them compared whole, and what becomes of a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from argosy.errors import UsageError
from argosy.export.write import Exported, export, texts
from argosy.stack.model import Stack
from argosy.supervisor.building import revisions
from tests.export.stacks import SMALL, content, declare

EXPECTED = Path(__file__).parent / "small"
PLAIN = "name: plain\nmodels:\n  one: {code: ./code, weights: ./digits.onnx}\n"
LOCKED = """
name: locked
models:
  one: {code: ./code, secrets: [HF_TOKEN]}
gateway: {keys: required}
"""


async def exported(stack: Stack, folder: Path, *, force: bool = False) -> Exported:
    found = await revisions(stack, (), lambda _model, _text: None)
    return await export(stack, found, folder, force=force)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(folder)): one.read_bytes()
        for one in sorted(folder.rglob("*"))
        if one.is_file()
    }


def test_a_small_stack_is_these_files(tmp_path: Path) -> None:
    """In the folder ``small`` lies what is expected of all but what does not depend on a stack."""
    made = texts(content(declare(tmp_path, SMALL)))
    assert set(made) == {*files(EXPECTED), ".gitignore", "nginx/gateway.js"}
    for path in files(EXPECTED):
        assert made[path] == (EXPECTED / path).read_text(), path


async def test_the_same_stack_is_the_same_bytes_elsewhere_and_later(tmp_path: Path) -> None:
    found = []
    for name in ("here", "there"):
        stack = declare(tmp_path / name, PLAIN)
        await exported(stack, stack.folder / "out")
        await exported(stack, stack.folder / "out")
        found.append(files(stack.folder / "out"))
    assert found[0] == found[1]
    assert not any(str(tmp_path).encode() in one for one in found[0].values())
    assert {"models/one/Dockerfile", "models/one/settings.json", "compose.yaml"} <= set(found[0])


async def test_weights_are_found_from_a_folder_within_the_stacks(tmp_path: Path) -> None:
    stack = declare(tmp_path, PLAIN)
    made = await exported(stack, tmp_path / "deploy" / "out")
    assert not made.needed
    written = (tmp_path / "deploy/out/compose.yaml").read_text()
    assert "- ../../digits.onnx:/weights/digits.onnx:ro" in written


async def test_weights_are_named_by_whoever_starts_files_that_lie_elsewhere(tmp_path: Path) -> None:
    stack = declare(tmp_path / "stack", PLAIN)
    made = await exported(stack, tmp_path / "out")
    assert made.needed == ["ONE_WEIGHTS in .env"]
    written = (tmp_path / "out/compose.yaml").read_text()
    assert "- ${ONE_WEIGHTS:?where the weights of one are}:/weights/digits.onnx:ro" in written
    assert "\nONE_WEIGHTS=\n" in (tmp_path / "out/.env.example").read_text()
    assert "cp .env.example .env" in (tmp_path / "out/README.md").read_text()


async def test_secrets_are_needed_before_the_first_start(tmp_path: Path) -> None:
    made = await exported(declare(tmp_path, LOCKED), tmp_path / "out")
    assert made.needed == ["secrets/keys", "secrets/HF_TOKEN"]


async def test_a_folder_with_other_things_is_refused_unless_forced(tmp_path: Path) -> None:
    stack = declare(tmp_path, PLAIN)
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine").write_text("x")
    with pytest.raises(UsageError, match="holds what no export has written"):
        await exported(stack, out)
    await exported(stack, out, force=True)
    assert (out / "mine").read_text() == "x"
    with pytest.raises(UsageError, match="this is a file"):
        await exported(stack, out / "mine", force=True)


async def test_what_the_stack_has_no_more_goes_and_what_is_the_users_stays(tmp_path: Path) -> None:
    out = tmp_path / "out"
    stack = declare(tmp_path, PLAIN + "  two: {code: ./code}\n")
    await exported(stack, out)
    (out / ".env").write_text("A=1")
    assert (out / "models/two/Dockerfile").exists()
    await exported(declare(tmp_path, PLAIN), out)
    assert not (out / "models/two").exists()
    assert not (out / "nginx/models/two.conf").exists()
    assert (out / ".env").read_text() == "A=1"


async def test_a_list_that_leads_outside_removes_nothing_there(tmp_path: Path) -> None:
    stack = declare(tmp_path, PLAIN)
    await exported(stack, tmp_path / "out")
    (tmp_path / "out" / ".exported").write_text("../argosy.yaml\n")
    await exported(stack, tmp_path / "out")
    assert stack.file.exists()
