from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.finding import At
from argosy.lint.project.models import ModelName, is_chat, model_names
from argosy.lint.project.reading import read
from tests.lint.files import write

NAME = "org/model-7b"
TGI = "ghcr.io/huggingface/text-generation-inference:3"


@pytest.mark.parametrize(
    ("image", "below", "by"),
    [
        ("vllm/vllm-openai:v0.11.0", f"command: --model {NAME}", "--model"),
        ("vllm/vllm-openai:v0.11.0", f"command: [--model={NAME}]", "--model"),
        ("vllm/vllm-openai:v0.11.0", f"command: serve {NAME} --port 1", "serve"),
        ("vllm/vllm-openai:v0.11.0", f"environment: [MODEL_NAME={NAME}]", "MODEL_NAME"),
        ("lmsysorg/sglang:v0.5", f"command: --model-path '{NAME}'", "--model-path"),
        (TGI, f"environment: {{MODEL_ID: {NAME}}}", "MODEL_ID"),
        ("ghcr.io/ggml-org/llama.cpp:server", f"command: -hf {NAME}", "-hf"),
    ],
)  # fmt: skip
def test_a_model_is_named_by_a_flag_or_a_variable_at_its_place(
    tmp_path: Path, image: str, below: str, by: str
) -> None:
    write(tmp_path, {"compose.yaml": f"services:\n  llm:\n    image: {image}\n    {below}\n"})
    found = read([tmp_path])
    (named,) = model_names(found.all_services[0])
    assert (named.text, named.by, named.is_repository) == (NAME, by, True)
    assert NAME in found.sources[named.at.file].text[named.at.start : named.at.end]


@pytest.mark.parametrize(
    "below",
    [
        "command: --model",
        "command: --model --port 1",
        "command: []",
        "command: serve --port 1",
        "environment: [MODEL_NAME]",
        "environment: {MODEL_NAME: }",
    ],
)
def test_a_name_that_is_missing_is_none(tmp_path: Path, below: str) -> None:
    image = "vllm/vllm-openai:v0.11.0"
    write(tmp_path, {"compose.yaml": f"services:\n  llm:\n    image: {image}\n    {below}\n"})
    assert model_names(read([tmp_path]).all_services[0]) == ()


@pytest.mark.parametrize(
    ("text", "is_repository"),
    [("a/b", True), ("a/b:Q4_K_M", True), ("/models/a", False), ("a", False), ("a/b/c", False),
     ("./a/b", False), ("https://a/b", False), ("", False)],
)  # fmt: skip
def test_a_path_is_no_repository(text: str, is_repository: bool) -> None:
    assert ModelName(text, At(Path("a"), 0, 0)).is_repository is is_repository


@pytest.mark.parametrize(
    ("name", "chats"),
    [("a/B-Instruct", True), ("google/gemma-3-4b-it", True), ("Qwen/Qwen3-8B", True),
     ("a/b-base", False), ("a/with-commit", False), ("bitnet", False), ("", False)],
)  # fmt: skip
def test_a_name_tells_whether_a_model_chats(name: str, chats: bool) -> None:
    assert is_chat(name) is chats
