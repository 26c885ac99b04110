"""Asking a real replica again and again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from argosy.plan.state import Desired, Observed, ObservedModel, ObservedRevision, Target
from argosy.platforms.platform import Replica
from argosy.scorers import Choice
from argosy.stack.model import Gateway, Model, Probe, Stack
from argosy.stack.revision import Lock, Revision
from argosy.supervisor.probing import kept_suites
from argosy.supervisor.probing.schedule import Probes
from tests.runner.replicas import Replica as Runner
from tests.runner.replicas import serving
from tests.supervisor.standing import Standing
from tests.waiting import eventually

MODEL = """
class Model:
    def predict(self, value):
        return {"one": 1, "two": 2, "nine": 9}[value]
"""
RIGHT = '{"input": "one", "expected": 1}\n{"input": "two", "expected": 2}\n'
HALF_WRONG = RIGHT.replace('"expected": 2', '"expected": 3')


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with serving(tmp_path_factory.mktemp("probed"), MODEL) as runner:
        yield runner.until_ready()


@pytest.fixture
def platform(tmp_path: Path, runner: Runner) -> Standing:
    made = Standing(tmp_path / "run", tmp_path / "state")
    made.replicas = [Replica("m", 1, 1, "ready", f"unix:{runner.socket}", started_at=1.0)]
    return made


@pytest.fixture
async def probes(tmp_path: Path, platform: Standing) -> AsyncIterator[Probes]:
    made = Probes(platform, tmp_path / "state", lambda: None)
    yield made
    await made.stop()


def attend(probes: Probes, folder: Path, suite: str = RIGHT, **settings: float) -> None:
    """Have the model ``m`` asked, as after an `up` with this suite."""
    (folder / "suite.jsonl").write_text(suite)
    settings = {"every": 0.05, "timeout": 10, **settings}
    probe = Probe(folder / "suite.jsonl", Choice("exact"), **settings)  # type: ignore[arg-type]
    model = Model("m", probe=probe)
    revision = Revision(1, model, Lock("d" * 64, "3.11.7", Path("/a")), digest="f" * 64)
    kept_suites.keep(Stack("s", folder / "argosy.yaml", (model,)), folder / "state")
    probes.attend(
        Desired("s", Gateway(), {"m": Target(revision, 1)}),
        Observed({"m": ObservedModel(1, {1: ObservedRevision(revision, "prepared")})}),
        folder,
    )


def one(probes: Probes, platform: Standing) -> Replica:
    return probes.seen(platform.observe())[0]


async def test_who_serves_is_asked_again_and_again(
    probes: Probes, platform: Standing, tmp_path: Path
) -> None:
    attend(probes, tmp_path, accuracy=0.9)
    await eventually(lambda: one(probes, platform).accuracy == 1)
    first = one(probes, platform).probed_at
    await eventually(lambda: one(probes, platform).probed_at > first)
    assert one(probes, platform).state == "ready"


async def test_who_fails_is_to_be_replaced_and_a_fresh_start_is_asked_at_once(
    probes: Probes, platform: Standing, tmp_path: Path
) -> None:
    attend(probes, tmp_path, HALF_WRONG, accuracy=0.9, every=3600)
    await eventually(lambda: one(probes, platform).is_to_be_replaced)
    assert one(probes, platform).fault == "it failed its accuracy probe: 1 of 2 right, 0.9 wanted"
    assert one(probes, platform).state == "unready"
    platform.replicas = [replace(platform.replicas[0], started_at=2.0)]
    assert one(probes, platform).state == "unready"
    attend(probes, tmp_path, HALF_WRONG, accuracy=0.9, every=3600)
    await eventually(lambda: one(probes, platform).state == "ready")
    assert one(probes, platform).fault


async def test_an_edit_of_the_suite_changes_nothing_until_the_next_up(
    probes: Probes, platform: Standing, tmp_path: Path
) -> None:
    attend(probes, tmp_path, accuracy=0.9)
    (tmp_path / "suite.jsonl").write_text(HALF_WRONG)
    await eventually(lambda: one(probes, platform).accuracy is not None)
    assert one(probes, platform).accuracy == 1
    attend(probes, tmp_path, HALF_WRONG, accuracy=0.1)
    await eventually(lambda: one(probes, platform).accuracy == 0.5)


async def test_who_does_not_answer_is_not_judged(
    probes: Probes, platform: Standing, tmp_path: Path
) -> None:
    heard = platform.replicas[0]
    silent = Replica("m", 1, 2, "ready", f"unix:{tmp_path}/nobody", started_at=1.0)
    platform.replicas = [silent, heard]
    attend(probes, tmp_path, accuracy=0.9)
    await eventually(lambda: probes.seen(platform.observe())[1].accuracy == 1)
    assert one(probes, platform) == silent


async def test_without_a_wanted_accuracy_the_first_answers_are_remembered(
    probes: Probes, platform: Standing, tmp_path: Path
) -> None:
    attend(probes, tmp_path, HALF_WRONG)
    await eventually(lambda: one(probes, platform).accuracy == 0.5)
    assert one(probes, platform).fault == ""
    kept = (tmp_path / "state" / "probes" / "m.r1.json").read_text()
    assert '"scores": {"1": 1.0, "2": 0.0}' in kept
