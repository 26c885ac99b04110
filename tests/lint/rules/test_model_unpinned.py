from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import places


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model org/model
"""
            },
            ["compose.yaml:4"],
            id="a flag",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        entrypoint: vllm serve org/model
"""
            },
            ["compose.yaml:4"],
            id="vllm serve",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model org/model --revision main
"""
            },
            ["compose.yaml:4"],
            id="a branch is no pin",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: ghcr.io/huggingface/text-generation-inference:3.3
        environment: {MODEL_ID: org/model}
"""
            },
            ["compose.yaml:4"],
            id="TGI's variable",
        ),
        pytest.param(
            {
                "app.py": """
    import transformers, fastapi
    m = AutoModel.from_pretrained("org/model")
"""
            },
            ["app.py:2"],
            id="a program",
        ),
        pytest.param(
            {
                "app.py": """
    import transformers, fastapi
    NAME = "org/model"
    m = pipeline("ner", model=NAME)
"""
            },
            ["app.py:3"],
            id="a constant of it",
        ),
        pytest.param(
            {
                "app.py": """
    import transformers, fastapi
    m = AutoModel.from_pretrained("bert-base-uncased")
"""
            },
            ["app.py:2"],
            id="a name of the hub's own",
        ),
        pytest.param(
            {
                "argosy.yaml": """
    name: s
    models:
      chat:
        engine: vllm
        weights: hf://org/model
"""
            },
            ["argosy.yaml:5"],
            id="a stack file",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI407", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model org/model --revision e0bc86c
"""
            },
            id="a commit",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model /models/mistral
"""
            },
            id="a path",
        ),
        pytest.param(
            {
                "app.py": """
    import transformers, fastapi
    m = AutoModel.from_pretrained("/models/m")
    n = AutoModel.from_pretrained("./m")
"""
            },
            id="a path of a program",
        ),
        pytest.param(
            {
                "app.py": """
    import transformers, fastapi
    m = AutoModel.from_pretrained("org/model", revision="e0bc86c")
"""
            },
            id="a commit in a program",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model ${MODEL}
"""
            },
            id="an unknown variable",
        ),
        pytest.param(
            {
                "argosy.yaml": """
    name: s
    models:
      chat:
        engine: vllm
        weights: hf://org/model@e0bc86c
"""
            },
            id="a pinned stack file",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI407", files) == []


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("SentenceTransformersTextEmbedder(model='org/model')", True),
        ("HuggingFaceEmbeddings(model_name='org/model')", True),
        ("HuggingFaceEmbeddings(model_name='o/m', model_kwargs={'revision': 'e0bc86c'})", False),
        ("OpenAITextEmbedder(model='org/model')", False),
    ],
)
def test_parts_of_frameworks_that_load_a_model_are_read(
    tmp_path: Path, call: str, found: bool
) -> None:
    program = f"import fastapi\nparts = {call}\n"
    assert places(tmp_path, "AI407", {"app.py": program}) == (["app.py:2"] if found else [])
