from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lint_files

BEFORE = "FROM python:3.12-slim\nRUN pip install torch==2.8.0\n"


@pytest.mark.parametrize(
    ("run", "told"),
    [
        ("hf download org/model", "hf download org/model"),
        ("python3 <<E\nfrom a import hf_hub_download as get\nE", "hf_hub_download as …"),
        ("wget -q https://example.org/llama.gguf", "wget -q https://example.org/llama.gguf"),
        ("hf download org/model config.json", ""),
        ("python -c 'import huggingface_hub'", ""),
    ],
)
def test_the_command_that_downloads_weights_is_named(tmp_path: Path, run: str, told: str) -> None:
    found = lint_files(tmp_path, {"Dockerfile": f"{BEFORE}RUN {run}\n"}, "AI103").found
    assert [one.finding.what.split("`")[1] for one in found] == ([told] if told else [])
