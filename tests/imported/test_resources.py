from __future__ import annotations

from typing import Any

import pytest

from tests.imported.conftest import Import, Result

GPU = "deploy: {resources: {reservations: {devices: [%s]}}}"


@pytest.fixture
def model(imported: Import) -> Any:
    """``model("cpus: 2")`` is what becomes of a vLLM with that key, and the result."""

    def run(more: str) -> tuple[dict[str, Any], Result]:
        result = imported(
            text=f"services:\n  llm:\n    image: vllm/vllm-openai\n    command: a/b\n    {more}\n"
        )
        return result.values["models"]["llm"], result

    return run


@pytest.mark.parametrize(
    ("more", "resources"),
    [
        ("cpus: 2", {"cpus": 2}),
        ("cpus: '0.50'", {"cpus": 0.5}),
        ("mem_limit: 16g", {"memory": "16GiB"}),
        (
            "deploy: {resources: {limits: {cpus: '4', memory: 512M}}}",
            {"cpus": 4, "memory": "512MiB"},
        ),
        ("shm_size: 2gb", {"shm_size": "2GiB"}),
        ("ipc: host", {"shm_size": "8GiB"}),
        ("cpuset: 0-3", {"cpuset": "0-3"}),
        ("gpus: all", {"gpus": 1}),
        ("gpus: [{count: 2}]", {"gpus": 2}),
        ("runtime: nvidia", {"gpus": 1}),
        ("devices: [nvidia.com/gpu=0]", {"gpu_devices": ["0"]}),
        ("environment: {NVIDIA_VISIBLE_DEVICES: '0,1'}", {"gpu_devices": ["0", "1"]}),
        ("environment: [CUDA_VISIBLE_DEVICES=1]", {"gpu_devices": ["1"]}),
        (GPU % "{driver: nvidia, count: 2, capabilities: [gpu]}", {"gpus": 2}),
        (GPU % "{driver: nvidia, count: all, capabilities: [gpu]}", {"gpus": 1}),
        (GPU % "{device_ids: ['0', '3'], capabilities: [gpu]}", {"gpu_devices": ["0", "3"]}),
        (GPU % "{device_ids: ['${GPU:-0}'], capabilities: [gpu]}", {"gpu_devices": ["${GPU:-0}"]}),
    ],
)
def test_every_way_to_ask_for_it_is_understood(
    more: str, resources: dict[str, Any], model: Any
) -> None:
    made, _ = model(more)
    assert made["resources"] == resources


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ("cpus: many", "services.llm.cpus"),
        ("mem_limit: 1m", "services.llm.mem_limit"),
        ("devices: [/dev/dri]", "services.llm.devices.0"),
        (
            GPU % "{driver: amd, count: 1, capabilities: [gpu]}",
            "services.llm.deploy.resources.reservations.devices.0",
        ),
    ],
)
def test_what_no_stack_file_takes_is_listed(more: str, path: str, model: Any) -> None:
    made, result = model(more)
    assert "resources" not in made
    assert result.notes(path)[0].startswith("not carried")


def test_a_variable_that_cannot_stay_is_filled_in_and_that_is_said(model: Any) -> None:
    made, result = model("mem_limit: ${MEMORY:-8g}")
    assert made["resources"] == {"memory": "8GiB"}
    assert result.notes("services.llm.mem_limit") == [
        "changed: models.llm.resources.memory; MEMORY is filled in, as it is now"
    ]


def test_devices_outweigh_what_the_container_was_told_to_see(model: Any) -> None:
    device = GPU % "{device_ids: ['2'], capabilities: [gpu]}"
    made, _ = model(f"{device}\n    environment: [NVIDIA_VISIBLE_DEVICES=all]")
    assert made["resources"] == {"gpu_devices": ["2"]}


def test_replicas_and_profiles_say_how_many_run(model: Any) -> None:
    assert model("scale: 3")[0]["replicas"] == 3
    assert model("deploy: {replicas: 2}")[0]["replicas"] == 2
    assert model("profiles: [gpu]")[0]["replicas"] == 0
