from __future__ import annotations

import pytest

from argosy.environments.requirements import Requirement
from argosy.images import cuda
from argosy.images.cuda import Gpu


@pytest.mark.parametrize(
    ("tag", "driver", "runs"),
    [
        ("cu118", 450, True), ("cu118", 449, False),
        ("cu121", 525, True), ("cu129", 524, False),
        ("cu130", 580, True), ("cu130", 570, False),
        ("cu118", 610, True), ("cu126", 580, True),
    ],
)  # fmt: skip
def test_a_driver_runs_its_own_cuda_and_every_older_one(tag: str, driver: int, runs: bool) -> None:
    assert cuda.runs(tag, Gpu(driver)) is runs


@pytest.mark.parametrize(
    ("torch", "driver", "tag"),
    [
        ("2.1.2", 535, "cu121"), ("2.3.1", 470, "cu118"), ("2.5.1", 535, "cu124"),
        ("2.8.0", 535, "cu129"), ("2.9.1", 575, "cu128"), ("2.9.1", 580, "cu130"),
        ("2.13.0", 595, "cu132"), ("2.13.0+cpu", 535, "cu126"),
        ("2.8.0", 470, None), ("1.13.1", 580, None),
    ],
)  # fmt: skip
def test_the_newest_build_that_the_driver_runs_is_taken(
    torch: str, driver: int, tag: str | None
) -> None:
    assert cuda.best_tag(torch, Gpu(driver)) == tag


def test_a_gpu_that_newer_builds_leave_out_gets_the_build_that_keeps_it() -> None:
    volta = Gpu(580, 7.0)
    assert cuda.best_tag("2.10.0", volta) == "cu130"
    assert cuda.best_tag("2.11.0", volta) == "cu126"
    assert not cuda.runs("cu130", volta, "2.11.0")


@pytest.mark.parametrize(
    ("lock", "tag"),
    [
        (["torch==2.8.0", "nvidia-cuda-runtime-cu12==12.8.90"], "cu128"),
        (["torch==2.13.0", "nvidia-cuda-runtime==13.0.96"], "cu130"),
        (["torch==2.5.1+cu121"], "cu121"),
        (["torch==2.8.0+cpu", "numpy==2.0.0"], ""),
    ],
)
def test_a_lock_says_which_cuda_it_installs(lock: list[str], tag: str) -> None:
    assert cuda.locked_tag(Requirement(one) for one in lock) == tag


def test_the_facts_are_dated_and_complete() -> None:
    facts = cuda.read()
    assert facts.date >= "2026-11-21"
    majors = {int(tag[2:4]) for tags in facts.torch.values() for tag in tags}
    assert majors <= facts.minimum_driver.keys()


def test_a_tag_is_shown_as_people_say_it() -> None:
    assert cuda.shown("cu128") == "CUDA 12.8"
