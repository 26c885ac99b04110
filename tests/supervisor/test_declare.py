from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from argosy.errors import ArgosyError
from argosy.stack.model import Model, Probe, Rollout, Stack
from argosy.supervisor.declare import Declared, again, declare
from argosy.supervisor.store import Store

CODE = "class Model:\n    def predict(self, input):\n        return input\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / ".argosy" / "state.sqlite")
    yield made
    made.close()


@pytest.fixture
def model(tmp_path: Path) -> Model:
    (tmp_path / "echo").mkdir()
    (tmp_path / "echo" / "model.py").write_text(CODE)
    return Model("echo", code=tmp_path / "echo")


async def declared(model: Model, store: Store, folder: Path) -> Declared:
    stack = Stack("test", folder / "argosy.yaml", (model,))
    (one,) = await declare(stack, folder / ".argosy", store, lambda _name, _text: None)
    return one


def accept(store: Store, one: Declared) -> None:
    store.add_revision(one.revision, one.cause)
    store.set_state(one.revision, "prepared")
    store.set_target("echo", one.revision.number, one.replicas)
    store.set_serving("echo", one.revision.number)


async def test_the_first_revision_is_new(model: Model, store: Store, tmp_path: Path) -> None:
    one = await declared(model, store, tmp_path)
    assert (one.revision.number, one.cause) == (1, "new model")


async def test_unchanged_files_are_the_same_revision(
    model: Model, store: Store, tmp_path: Path
) -> None:
    first = await declared(model, store, tmp_path)
    accept(store, first)
    assert await declared(model, store, tmp_path) == Declared(first.revision, 1, "")


async def test_another_probe_or_rollout_is_no_new_revision(
    model: Model, store: Store, tmp_path: Path
) -> None:
    first = await declared(model, store, tmp_path)
    accept(store, first)
    probed = replace(model, probe=Probe(tmp_path / "a.jsonl"), rollout=Rollout(steps=(10, 100)))
    again = await declared(probed, store, tmp_path)
    assert (again.revision.digest, again.cause) == (first.revision.digest, "")


async def test_more_replicas_are_no_new_revision(
    model: Model, store: Store, tmp_path: Path
) -> None:
    accept(store, await declared(model, store, tmp_path))
    more = await declared(replace(model, replicas=3), store, tmp_path)
    assert (more.revision.number, more.replicas, more.cause) == (1, 3, "")


async def test_a_revision_keeps_the_code_it_was_made_of(
    model: Model, store: Store, tmp_path: Path
) -> None:
    first = await declared(model, store, tmp_path)
    (tmp_path / "echo" / "model.py").write_text("changed")
    assert first.revision.code is not None
    assert (first.revision.code / "model.py").read_text() == CODE


async def test_changes_are_named(model: Model, store: Store, tmp_path: Path) -> None:
    accept(store, await declared(model, store, tmp_path))
    (tmp_path / "echo" / "model.py").write_text(CODE + "\n")
    (tmp_path / "echo" / "words.txt").write_text("a\n")
    changed = await declared(replace(model, timeout=5, env={"A": "b"}), store, tmp_path)
    assert changed.revision.number == 2
    assert changed.cause == (
        "code changed: model.py, words.txt, env changed: A, timeout changed: 30s → 5s"
    )


async def test_a_failed_revision_is_tried_again_under_its_number(
    model: Model, store: Store, tmp_path: Path
) -> None:
    first = await declared(model, store, tmp_path)
    accept(store, first)
    store.set_state(first.revision, "failed", "no reason")
    retried = await declared(model, store, tmp_path)
    assert (retried.revision.number, retried.cause) == (1, "tried again")


async def test_restart_makes_a_new_revision_of_the_same_content(
    model: Model, store: Store, tmp_path: Path
) -> None:
    first = await declared(model, store, tmp_path)
    accept(store, first)
    (tmp_path / "echo" / "model.py").write_text("edited meanwhile")
    (entry,) = store.models()
    restarted = again(entry, store)
    assert restarted.number == 2
    assert (restarted.code, restarted.digest) == (first.revision.code, first.revision.digest)


async def test_every_model_that_cannot_be_declared_is_told(store: Store, tmp_path: Path) -> None:
    models = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "requirements.txt").write_text(f"{name} ==== 1\n")
        models.append(Model(name, code=tmp_path / name))
    stack = Stack("test", tmp_path / "argosy.yaml", tuple(models))
    with pytest.raises(ArgosyError) as raised:
        await declare(stack, tmp_path / ".argosy", store, lambda _name, _text: None)
    assert "one/requirements.txt" in str(raised.value)
    assert "two/requirements.txt" in str(raised.value)
