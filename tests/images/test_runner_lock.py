"""The lock of what every image's runner has, against what the runner asks for."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

from argosy.environments.requirements import requirements

ROOT = Path(__file__).parents[2]
LOCK = list(requirements(files("argosy.images").joinpath("runner.lock").read_text()))


def test_every_dependency_of_the_runner_is_locked_with_hashes() -> None:
    project = tomllib.loads((ROOT / "runner" / "pyproject.toml").read_text())["project"]
    asked = {one.partition(">")[0] for one in project["dependencies"]}
    assert asked <= {one.pin[0] for one in LOCK if one.pin}
    assert all(one.hashes for one in LOCK)


def test_the_runner_has_in_an_image_what_it_is_tested_with() -> None:
    tested = {one.pin for one in requirements((ROOT / "requirements.lock").read_text())}
    assert {one.pin for one in LOCK} <= tested
