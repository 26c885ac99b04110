"""Images of a stack whose supervisor does not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from argosy.errors import UsageError
from argosy.stack.model import Model, Stack
from argosy.supervisor.building import build_images, dockerfiles, report_images, revisions
from argosy.supervisor.store import open_store
from tests.docker_engine import DockerEngine

CODE = "class Model:\n    def predict(self, input):\n        return input\n"


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    for name in ("echo", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.py").write_text(f"{CODE}# {name}\n")
    models = tuple(Model(name, code=tmp_path / name) for name in ("echo", "other"))
    return Stack("building", tmp_path / "argosy.yaml", models)


def silent(_model: str, _text: str) -> None:
    pass


async def test_revisions_are_numbered_as_up_would(stack: Stack) -> None:
    (first,) = await revisions(stack, ["echo"], silent)
    assert first.number == 1
    store = open_store(stack.file, stack.folder / ".argosy")
    store.add_revision(first, "new model")
    store.set_target("echo", 1, 1)
    store.close()
    (same,) = await revisions(stack, ["echo"], silent)
    assert same == first
    (stack.folder / "echo" / "model.py").write_text(f"{CODE}# changed\n")
    (changed,) = await revisions(stack, ["echo"], silent)
    assert changed.number == 2


async def test_all_models_are_meant_where_none_is_named(stack: Stack) -> None:
    found = await revisions(stack, [], silent)
    assert [one.model.name for one in found] == ["echo", "other"]


async def test_an_unknown_model_is_said(stack: Stack) -> None:
    with pytest.raises(UsageError, match="no model is called nobody"):
        await revisions(stack, ["nobody"], silent)


async def test_dockerfiles_are_written_without_a_build(stack: Stack) -> None:
    (file,) = await dockerfiles(stack, ["echo"], silent)
    assert file == stack.folder / ".argosy" / "images" / "echo.r1" / "Dockerfile"
    assert file.read_text().startswith("# echo r1, written by `argosy build`.")


@pytest.mark.docker
async def test_what_images_share_is_reported(stack: Stack, docker_engine: DockerEngine) -> None:
    said: list[tuple[str, str]] = []
    named = Stack(docker_engine.name, stack.file, stack.models)
    built = await build_images(named, [], lambda model, text: said.append((model, text)))
    try:
        echo, _ = await report_images(built)
    finally:
        docker_engine.docker("image", "rm", *(one.image.reference for one in built))
    shared = {part.name for part in echo.layers if part.models}
    assert shared == {"base", "/runner", "/environment"}
    assert ("echo", "writing the image") in said
    assert built[0].as_data()["layers"][-1]["name"] == "/settings.json"
