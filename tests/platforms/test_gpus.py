from __future__ import annotations

import pytest

from argosy.platforms.gpus import devices, shares, variables
from argosy.stack.model import Model, Resources


def chat(resources: Resources, **options: object) -> Model:
    return Model("chat", engine="vllm", resources=resources, options=options)


def test_a_model_that_counts_its_gpus_sees_the_first() -> None:
    model = Model("m", resources=Resources(gpus=2))
    assert devices(model) == ("0", "1")
    assert variables(model) == {"CUDA_VISIBLE_DEVICES": "0,1"}


def test_a_model_that_names_its_gpus_sees_these() -> None:
    assert variables(Model("m", resources=Resources(gpu_devices=("3", "GPU-5a")))) == {
        "CUDA_VISIBLE_DEVICES": "3,GPU-5a"
    }
    assert variables(Model("m")) == {}


@pytest.mark.parametrize("option", ["gpu-memory-utilization", "gpu_memory_utilization"])
def test_an_engine_that_takes_a_share_of_a_gpu_takes_it_with_every_replica(option: str) -> None:
    assert shares(chat(Resources(gpus=2), **{option: 0.4}), 2) == {"0": 0.8, "1": 0.8}


def test_what_nobody_knows_is_not_counted() -> None:
    assert shares(chat(Resources(gpus=1)), 1) == {"0": 0.92}  # vLLM's own default
    assert shares(chat(Resources()), 1) == {}
    assert shares(Model("m", engine="torch", resources=Resources(gpus=1)), 1) == {}
    assert shares(chat(Resources(gpus=1), **{"gpu-memory-utilization": "most"}), 1) == {}
