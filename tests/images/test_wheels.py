"""Made-up wheels stand for torch's: what is chosen is real, what is in them does not matter."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from argosy.environments.requirements import Requirement, requirements
from argosy.errors import ImageFailed
from argosy.images import wheels as module
from argosy.images.cuda import Gpu
from argosy.stack.model import Resources
from tests.environments.conftest import MakeWheel
from tests.images.conftest import MakeRevision

CUDA_LOCK = (
    "numpy==2.0.0 --hash=sha256:aa\n"
    "nvidia-cuda-runtime-cu12==12.8.90 --hash=sha256:bb\n"
    "nvidia-ml-py==13.0.0 --hash=sha256:cc\n"
    "torch==2.8.0 --hash=sha256:dd\n"
    "triton==3.4.0 --hash=sha256:ee\n"
)


def installed(text: str) -> list[str]:
    return [one.text for one in requirements(text)]


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where these tests run may have a GPU."""
    others = [one for one in ("/usr/bin", "/bin") if not shutil.which("nvidia-smi", path=one)]
    monkeypatch.setenv("PATH", ":".join(others))


async def test_without_a_gpu_nothing_for_cuda_is_installed(
    revision: MakeRevision, wheels: MakeWheel
) -> None:
    wheels("torch", "2.8.0+cpu")
    found = await module.fitting(revision(CUDA_LOCK))
    assert installed(found.text) == ["numpy==2.0.0", "nvidia-ml-py==13.0.0", "torch==2.8.0+cpu"]
    assert found.torch_backend == ""


async def test_what_holds_nothing_for_cuda_stays_as_it_was_locked(
    revision: MakeRevision, wheels: MakeWheel
) -> None:
    lock = "numpy==2.0.0 --hash=sha256:aa\ntorch==2.8.0+cpu --hash=sha256:dd\n"
    assert (await module.fitting(revision(lock))).text == lock


async def test_libraries_for_gpus_go_without_torch_too(
    revision: MakeRevision, wheels: MakeWheel
) -> None:
    lock = "nvidia-nccl-cu12==2.27.3 --hash=sha256:aa\nxgboost==3.0.0 --hash=sha256:bb\n"
    assert installed((await module.fitting(revision(lock))).text) == ["xgboost==3.0.0"]


async def test_a_gpu_keeps_the_cuda_that_its_driver_runs(revision: MakeRevision) -> None:
    said: list[str] = []
    made = revision(CUDA_LOCK, resources=Resources(gpus=1))
    assert (await module.fitting(made, said.append)).text == CUDA_LOCK
    assert said == ["assuming NVIDIA driver 580: this machine has none to ask"]


async def test_a_driver_too_old_for_every_build_is_said(
    revision: MakeRevision, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "nvidia-smi"  # an edge that no test machine has
    program.write_text("#!/bin/sh\necho '470.82.01, 7.5'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    with pytest.raises(ImageFailed, match=r"installs CUDA 12.8, which driver 470 does not run"):
        await module.fitting(revision(CUDA_LOCK, resources=Resources(gpus=1)))


@pytest.mark.parametrize(
    ("told", "gpu"),
    [
        ("535.104.05, 8.6\n535.104.05, 7.0\n", Gpu(535, 7.0)),
        ("580.65.06, [N/A]\n", Gpu(580)),
        ("NVIDIA-SMI has failed\n", None),
        ("", None),
    ],
)
def test_nvidia_smi_is_understood(told: str, gpu: Gpu | None) -> None:
    assert module.gpu(told) == gpu


def test_the_library_that_only_asks_the_driver_is_no_library_for_gpus() -> None:
    names = ["nvidia-ml-py", "nvidia-cudnn-cu13", "cuda-bindings", "triton", "numpy"]
    assert [module.is_for_gpus(name) for name in names] == [False, True, True, True, False]


def test_a_build_for_cuda_is_seen_by_its_name_alone() -> None:
    assert module.needs_cpu_builds([Requirement("torch==2.8.0+cu128")])
    assert not module.needs_cpu_builds([Requirement("torch==2.8.0")])
