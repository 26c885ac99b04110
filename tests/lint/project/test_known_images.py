from __future__ import annotations

import pytest

from argosy.lint.project.known_images import KnownImage, has


@pytest.mark.parametrize(
    ("text", "engine"),
    [
        ("vllm/vllm-openai:v0.11.0", "vllm"),
        ("registry.example.com:5000/mirror/vllm-openai", "vllm"),
        ("ghcr.io/huggingface/text-generation-inference:3", "tgi"),
        ("nvcr.io/nvidia/tritonserver:25.01-py3", "triton"),
        ("ghcr.io/ggml-org/llama.cpp:server", "llama-cpp"),
        ("nvcr.io/nim/meta/llama-3.1-8b-instruct:1", "nim"),
        ("nginx", ""),
        ("my/vllmish", ""),
        ("", ""),
    ],
)
def test_the_engine_is_known_by_the_name_alone(text: str, engine: str) -> None:
    assert KnownImage(text).engine == engine
    assert KnownImage(text).is_model_base is bool(engine)


@pytest.mark.parametrize(
    ("text", "cuda"),
    [
        ("nvidia/cuda:12.6.3-runtime-ubuntu24.04", (12, 6)),
        ("pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime", (12, 4)),
        ("nvidia/cuda:latest", None),
        ("python:3.12.1", None),
        ("", None),
    ],
)
def test_a_tag_tells_the_cuda(text: str, cuda: tuple[int, int] | None) -> None:
    assert KnownImage(text).cuda == cuda


@pytest.mark.parametrize(
    ("text", "is_other"),
    [
        ("nginx:1.29", True),
        ("bitnami/postgresql", True),
        ("open-webui", True),
        ("", True),
        ("my/model", False),
        ("engineer/nginxed", False),
    ],
)
def test_software_that_serves_no_model_is_known(text: str, is_other: bool) -> None:
    assert KnownImage(text).is_other_software is is_other


@pytest.mark.parametrize(
    ("program", "image", "held"),
    [
        ("curl", "python:3.12", True),
        ("curl", "python:3.12-slim", False),
        ("curl", "python:3.12-slim-bookworm", False),
        ("wget", "python:3.12-alpine", True),
        ("python3", "vllm/vllm-openai:v0.11.0", True),
        ("python", "ollama/ollama", False),
        ("curl", "my/own:1", None),
        ("jq", "python:3.12", None),
        ("curl", "", None),
    ],
)
def test_what_nobody_knows_of_an_image_is_left_open(
    program: str, image: str, held: bool | None
) -> None:
    assert has(program, image) is held
