from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lint_files, places


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model mistralai/Mistral-7B-Instruct-v0.3 --quantization awq
"""
            },
            ["compose.yaml:4"],
            id="a plain checkpoint",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model org/model-AWQ -q gptq
"""
            },
            ["compose.yaml:4"],
            id="another method",
        ),
        pytest.param(
            {
                "argosy.yaml": """
    name: s
    models:
      chat:
        engine: vllm
        weights: hf://org/plain@0123456
        options: {quantization: awq}
"""
            },
            ["argosy.yaml:6"],
            id="in a stack file",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI214", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model TheBloke/Mistral-7B-Instruct-v0.2-AWQ --quantization awq
"""
            },
            id="by its name",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model org/plain --quantization fp8
"""
            },
            id="while it loads",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model /models/plain --quantization awq
"""
            },
            id="a path of which nothing is known",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI214", files) == []


@pytest.mark.parametrize(
    ("config", "severities"),
    [
        ('{"quantization_config": {"quant_method": "awq"}}', []),
        ('{"quantization_config": {"quant_method": "gptq"}}', ["error"]),
        ('{"architectures": ["LlamaForCausalLM"]}', ["error"]),
        ("not JSON", []),
    ],
)
def test_the_checkpoint_itself_is_asked_where_it_is_mounted(
    tmp_path: Path, config: str, severities: list[str]
) -> None:
    files = {
        "compose.yaml": """
            services:
              llm:
                image: vllm/vllm-openai:v0.11.0
                command: --model /models/mistral --quantization awq
                volumes: ["./models:/models:ro"]
        """,
        "models/mistral/config.json": config,
    }
    report = lint_files(tmp_path, files, "AI214")
    assert [one.severity for one in report.found] == severities
