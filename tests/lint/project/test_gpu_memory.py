from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.project.gpu_memory import VLLM_DEFAULT, gpu_ids, memory_flag, memory_share
from argosy.lint.project.reading import read
from argosy.lint.project.service import Service
from tests.lint.files import write

VLLM, SGLANG = "vllm/vllm-openai:v0.11.0", "lmsysorg/sglang:v0.5.3"
TGI = "ghcr.io/huggingface/text-generation-inference:3.3"
LMDEPLOY, APHRODITE = "openmmlab/lmdeploy:v0.10.0", "alpindale/aphrodite-openai:v0.6.7"


def service(folder: Path, image: str, *lines: str) -> Service:
    below = "".join(f"    {one}\n" for one in lines)
    write(folder, {"compose.yaml": f"services:\n  llm:\n    image: {image}\n{below}"})
    (found,) = read([folder]).all_services
    return found


@pytest.mark.parametrize(
    ("image", "flag"),
    [
        (VLLM, "--gpu-memory-utilization"),
        (APHRODITE, "--gpu-memory-utilization"),
        (SGLANG, "--mem-fraction-static"),
        (TGI, "--cuda-memory-fraction"),
        (LMDEPLOY, "--cache-max-entry-count"),
    ],
)
def test_each_engine_has_a_flag_of_its_own(tmp_path: Path, image: str, flag: str) -> None:
    found = service(tmp_path, image, f"command: serve a/b {flag} 0.5", "gpus: all")
    told = memory_flag(found)
    assert told is not None
    assert (told.name, memory_share(found)) == (flag, 0.5)


@pytest.mark.parametrize(
    ("image", "flag"),
    [
        (VLLM, "--mem-fraction-static"),
        (SGLANG, "--gpu-memory-utilization"),
        ("ollama/ollama:0.12.6", "--gpu-memory-utilization"),
        ("my/own:1", "--gpu-memory-utilization"),
    ],
)
def test_the_flag_of_another_engine_says_nothing(tmp_path: Path, image: str, flag: str) -> None:
    assert memory_flag(service(tmp_path, image, f"command: --model a/b {flag} 0.5")) is None


@pytest.mark.parametrize(
    ("image", "lines", "share"),
    [
        (VLLM, ["gpus: all"], VLLM_DEFAULT),
        (VLLM, [], None),
        (SGLANG, ["gpus: all"], None),
        (VLLM, ["gpus: all", "command: --gpu-memory-utilization lots"], None),
        (VLLM, ["command: --gpu-memory-utilization=0.3"], 0.3),
    ],
)
def test_without_a_flag_only_vllm_on_a_gpu_has_a_known_share(
    tmp_path: Path, image: str, lines: list[str], share: float | None
) -> None:
    assert memory_share(service(tmp_path, image, *lines)) == share


@pytest.mark.parametrize(
    ("lines", "ids"),
    [
        ([], None),
        (["gpus: all"], None),
        (["gpus: [{count: 2}]"], ("0", "1")),
        (["gpus: [{device_ids: ['2', '3']}]"], ("2", "3")),
        (["gpus: [{device_ids: ['2, 3']}]"], ("2", "3")),
        (["runtime: nvidia", "environment: {NVIDIA_VISIBLE_DEVICES: '1,4'}"], ("1", "4")),
        (["gpus: [{count: all}, {device_ids: ['7']}]"], ("7",)),
    ],
)
def test_gpus_are_named_or_counted_from_the_first(
    tmp_path: Path, lines: list[str], ids: tuple[str, ...] | None
) -> None:
    assert gpu_ids(service(tmp_path, VLLM, *lines)) == ids
