from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from argosy.images.packages import packages
from argosy.images.recipe import Recipe, recipe, sources
from argosy.stack.model import ImageSettings, Resources
from tests.images.conftest import MakeRevision

DIGEST = f"sha256:{'a' * 64}"


def made(revision: MakeRevision, python: str = "3.11.7", **of: object) -> Recipe:
    return recipe(revision(python=python, **of), packages(""), {}, runner_python="3.11")


def test_the_runner_and_a_model_of_the_same_python_share_the_bases_one(
    revision: MakeRevision,
) -> None:
    one = made(revision)
    assert (one.base, one.interpreter, one.python) == ("python:3.11-slim", "", "3.11")


def test_a_model_of_another_python_keeps_the_base_and_brings_its_own(
    revision: MakeRevision,
) -> None:
    one = made(revision, python="3.8.18")
    assert (one.base, one.interpreter) == ("python:3.11-slim", "python:3.8-slim")
    assert sources(revision(python="3.8.18"), "3.11") == ("python:3.11-slim", "python:3.8-slim")


def test_a_base_of_the_stack_file_takes_the_place_of_ours(revision: MakeRevision) -> None:
    one = made(revision, image=ImageSettings(base="registry.example/python:3.11"))
    assert one.base == "registry.example/python:3.11"


def test_a_base_is_pinned_where_its_digest_is_known(revision: MakeRevision) -> None:
    one = recipe(revision(), packages(""), {"python:3.11-slim": DIGEST}, "3.11")
    assert one.base == f"python:3.11-slim@{DIGEST}"


def test_a_base_that_is_pinned_in_the_stack_file_stays_as_it_is(revision: MakeRevision) -> None:
    pinned = f"python:3.11-slim@{DIGEST}"
    model = revision(image=ImageSettings(base=pinned))
    assert recipe(model, packages(""), {pinned: DIGEST}, "3.11").base == pinned


def test_weights_are_in_the_image_only_if_the_stack_file_says_so(revision: MakeRevision) -> None:
    mounted = replace(revision(), weights=Path("/kept/w.onnx"))
    baked = replace(revision(weights_in_image=True), weights=Path("/kept/w.onnx"))
    assert [recipe(one, packages(""), {}).weights for one in (mounted, baked)] == ["", "w.onnx"]


def test_only_a_model_without_code_loses_what_its_engine_does_not_use(
    revision: MakeRevision,
) -> None:
    assert recipe(revision(engine="onnx", code=False), packages(""), {}).unused
    assert not recipe(revision(engine="onnx"), packages(""), {}).unused


def test_a_recipe_names_variables_and_secrets_and_has_no_value_of_them(
    revision: MakeRevision,
) -> None:
    one = made(revision, env={"TOKEN": "hunter2"}, secrets=("HF_TOKEN",))
    assert one.variables == ("HF_TOKEN", "TOKEN")
    assert "hunter2" not in repr(one)


def test_a_gpu_is_seen(revision: MakeRevision) -> None:
    assert made(revision, resources=Resources(gpu_devices=("0",))).uses_gpu
