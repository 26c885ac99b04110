from __future__ import annotations

from dataclasses import replace

from argosy.doctor.checks.gpus_wanted import judge
from argosy.doctor.nvidia import Nvidia
from argosy.stack.model import Model
from tests.doctor.cases import TWO_GPUS, gpu_model


def test_as_many_as_there_are_is_well() -> None:
    (result,) = judge([gpu_model(gpus=2), Model("digits")], TWO_GPUS)
    assert (result.verdict, result.found) == ("ok", "2 asked for, 2 here")


def test_more_than_there_are_fails() -> None:
    (result,) = judge([gpu_model(gpus=4)], TWO_GPUS)
    assert (result.verdict, result.found) == ("failure", "chat: 4 are asked for, 2 are here")


def test_devices_are_known_by_index_and_by_uuid() -> None:
    (result,) = judge([gpu_model(gpu_devices=("0", "GPU-9f8e"))], TWO_GPUS)
    assert result.verdict == "ok"


def test_a_part_of_a_gpu_is_known() -> None:
    nvidia = replace(TWO_GPUS, devices=("GPU-1b2c", "MIG-0f21"))
    (result,) = judge([gpu_model(gpu_devices=("MIG-0f21",))], nvidia)
    assert result.verdict == "ok"


def test_a_device_that_is_not_here_fails() -> None:
    (result,) = judge([gpu_model(gpu_devices=("7",))], TWO_GPUS)
    assert (result.verdict, result.mend) == ("failure", "nvidia-smi -L")


def test_replicas_that_share_gpus_are_a_warning() -> None:
    (result,) = judge([replace(gpu_model(gpus=1), replicas=3)], TWO_GPUS)
    assert (result.verdict, result.found) == ("warning", "3 asked for, 2 here")


def test_a_stack_without_gpus_asks_for_none() -> None:
    assert judge([Model("digits")], TWO_GPUS) == []
    assert judge([gpu_model(gpus=1)], Nvidia()) == []
