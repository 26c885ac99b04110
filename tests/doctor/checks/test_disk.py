from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from argosy.doctor.checks import disk
from argosy.doctor.checks.disk import GB, MB, Need, environment_size, judge
from argosy.stack.model import Model, Resources
from tests.doctor.cases import case, stack


def need(what: str, size: int, free: int, device: int = 1) -> Need:
    return Need(what, Path(f"/{what}"), size, device, free)


def test_what_fits_is_well() -> None:
    (result,) = judge([need("weights", GB, 10 * GB)])
    assert (result.verdict, result.found) == (
        "ok",
        "10.0 GB free in /weights; needs about 1.0 GB for weights",
    )


def test_what_lies_on_one_disk_counts_together() -> None:
    (result,) = judge([need("weights", 6 * GB, 10 * GB), need("images", 6 * GB, 10 * GB)])
    assert (result.verdict, "docker builder prune" in result.mend) == ("failure", True)


def test_disks_are_told_apart() -> None:
    results = judge([need("weights", 6 * GB, 10 * GB), need("images", 6 * GB, 5 * GB, device=2)])
    assert [one.verdict for one in results] == ["ok", "failure"]


def test_little_that_is_left_is_a_warning() -> None:
    (result,) = judge([need("weights", 9 * GB + 500 * MB, 10 * GB)])
    assert result.verdict == "warning"


def test_packages_are_guessed_by_name(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("torch==2.9.0\ntorchmetrics\n# vllm\n")
    model = Model("chat", code=tmp_path)
    assert environment_size(model) == GB + disk.SMALL
    on_gpu = replace(model, resources=Resources(gpus=1))
    assert environment_size(on_gpu) == 6 * GB + disk.SMALL


async def test_weights_of_this_machine_are_counted(tmp_path: Path) -> None:
    weights = tmp_path / "digits.onnx"
    weights.write_bytes(b"w" * (3 * MB))
    one = stack(Model("digits", engine="onnx", weights=weights), file=tmp_path / "argosy.yaml")
    (result,) = await disk.check(case(one))
    assert "about 3 MB for weights, 180 MB for environments" in result.found
