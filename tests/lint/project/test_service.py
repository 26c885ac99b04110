from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.project.reading import read
from argosy.lint.project.service import Service
from tests.lint.files import write


def services(folder: Path, text: str) -> dict[str, Service]:
    write(folder, {"compose.yaml": text})
    return {one.name: one for one in read([folder]).all_services}


@pytest.mark.parametrize(
    ("name", "image", "is_model"),
    [
        ("llm", "vllm/vllm-openai:v0.11.0", True),
        ("model", "my/own:1", True),
        ("inference-server", "my/own:1", True),
        ("app", "my/model-runner:1", True),
        ("model-registry", "bitnami/mlflow:2", False),
        ("inference-gateway", "envoyproxy/envoy:v1.34.0", False),
        ("model", "nginx:1.29", False),
        ("app", "my/app:1", False),
    ],
)
def test_a_model_is_known_by_its_image_or_its_name(
    tmp_path: Path, name: str, image: str, is_model: bool
) -> None:
    text = f"services:\n  {name}:\n    image: {image}\n"
    assert services(tmp_path, text)[name].is_model is is_model


@pytest.mark.parametrize(
    ("below", "is_job"),
    [
        ("command: pull llama3", True),
        ('entrypoint: ["/bin/sh", "-c", "sleep 3; ollama pull llama3"]', True),
        ('entrypoint: ["/bin/sh", "-c", "ollama serve & ollama pull llama3; wait"]', False),
        ("command: hf download a/b", True),
        ('command: sh -c "hf download a/b && python3 serve.py"', False),
    ],
)
def test_what_fetches_a_model_and_ends_is_a_job(tmp_path: Path, below: str, is_job: bool) -> None:
    text = f"services:\n  one:\n    image: ollama/ollama:0.12.6\n    {below}\n"
    found = services(tmp_path, text)["one"]
    assert (found.is_job, found.is_model) == (is_job, not is_job)


def test_whose_end_others_wait_for_is_a_job(tmp_path: Path) -> None:
    text = """
        services:
          fill: {image: "vllm/vllm-openai:v0.11.0"}
          app: {image: a, depends_on: {fill: {condition: service_completed_successfully}}}
        """
    assert services(tmp_path, text)["fill"].is_job


@pytest.mark.parametrize(
    ("written", "ids", "count"),
    [
        ("gpus: [{device_ids: ['1', '2']}]", ("1", "2"), 2),
        ("gpus: [{count: 2}]", (), 2),
        ("gpus: all", (), "all"),
        ("runtime: nvidia", (), "all"),
        ("devices: [nvidia.com/gpu=0]", ("0",), 1),
    ],
)
def test_gpus_are_counted_in_every_form(
    tmp_path: Path, written: str, ids: tuple[str, ...], count: int | str
) -> None:
    found = services(tmp_path, f"services:\n  a:\n    image: b\n    {written}\n")["a"]
    assert (found.gpus[0].ids, found.gpu_count) == (ids, count)
