from __future__ import annotations

import pytest

from tests.stack.conftest import Mistakes, Parse


def test_gpus_are_named_by_index_or_uuid(stack: Parse) -> None:
    text = "models: {a: {code: code, resources: {gpu_devices: [0, '1', GPU-8f3a]}}}"
    resources = stack(text).models[0].resources
    assert resources.gpu_devices == ("0", "1", "GPU-8f3a")
    assert resources.uses_gpu


def test_companions_are_kept_as_they_are_written(stack: Parse) -> None:
    text = (
        "models: {a: {code: code, depends_on: redis}}\n"
        "services: {redis: {image: 'redis:7', x-note: 1, ports: ['6379:6379']}}"
    )
    read = stack(text)
    assert read.models[0].depends_on == ("redis",)
    assert read.services == {"redis": {"image": "redis:7", "ports": ["6379:6379"]}}


@pytest.mark.parametrize(
    ("below", "said"),
    [
        ("resources: {cpuset: 3-1}", "3-1 ends before it begins. Write 1-3."),
        ("resources: {cpuset: all}", "must be a list of CPUs, not `all`. Write it like"),
        ("resources: {gpu_devices: first}", "`first` is not a GPU. Name GPUs by index"),
        ("resources: {gpus: 2, gpu_devices: [0]}", "2 GPUs are asked for, and 1 named."),
        ("secrets: [a-b]", "`a-b` is not the name of a secret."),
        ("depends_on: [a]", "`a` is a model, not a companion."),
        ("depends_on: [rediss]", "`rediss` is no service. Did you mean redis?"),
        ("internet: 1", "must be true or false, not `1`"),
        ("image: {max_size: 400}", "`400` has no unit."),
    ],
)
def test_a_wrong_value_is_said_with_the_next_step(
    mistakes: Mistakes, below: str, said: str
) -> None:
    (line,) = mistakes(
        f"models: {{a: {{code: code, {below}}}}}\nservices: {{redis: {{image: redis}}}}"
    )
    assert said in line


@pytest.mark.parametrize(
    ("services", "said"),
    [
        ("redis: redis:7", "must be a mapping, not `redis:7`. Write it like"),
        ("redis: {imge: redis}", "has neither image nor build."),
        ("a: {image: redis}", "a model is named a, too."),
    ],
)
def test_a_companion_is_a_service_of_compose(mistakes: Mistakes, services: str, said: str) -> None:
    (line,) = mistakes(f"models: {{a: {{code: code}}}}\nservices: {{{services}}}")
    assert said in line
