from __future__ import annotations

import pytest

from argosy.lint.project.scope import engine_in, is_named_as_model, only_fetches


@pytest.mark.parametrize(
    ("words", "engine"),
    [
        ("python3 -m vllm.entrypoints.openai.api_server --model a", "vllm"),
        ("/opt/venv/bin/vllm serve a", "vllm"),
        ("python -m sglang.launch_server", "sglang"),
        ("ollama serve", "ollama"),
        ("/app/llama-server -m a", "llama-cpp"),
        ("tritonserver --model-repository=/m", "triton"),
        ("mlserver start .", "mlserver"),
        ("myvllm serve", ""),
        ("ollama pull a", ""),
        ("echo vllm", ""),
        ("", ""),
    ],
)
def test_a_command_tells_the_engine_that_it_starts(words: str, engine: str) -> None:
    assert engine_in(words) == engine


@pytest.mark.parametrize(
    ("service", "image", "is_named"),
    [
        ("model", "x", True),
        ("churn-model", "x", True),
        ("inference-server-2", "x", True),
        ("model_api", "x", True),
        ("app", "team/churn-model-server", True),
        ("app", "model-runner-cpu", True),
        ("models", "x", False),
        ("model-registry", "x", False),
        ("app", "x", False),
        ("remodel", "x", False),
        ("", "", False),
    ],
)
def test_names_tell_a_service_of_a_model(service: str, image: str, is_named: bool) -> None:
    assert is_named_as_model(service, image) is is_named


@pytest.mark.parametrize(
    ("words", "fetches"),
    [
        ("pull llama3", True),
        ("ollama pull llama3", True),
        ("sh -c sleep 5; ollama pull llama3", True),
        ("ollama create mine -f Modelfile", True),
        ("huggingface-cli download a/b", True),
        ("hf download a/b && python3 serve.py", False),
        ("ollama serve & ollama pull a", False),
        ("hf download a/b && exec llama-server", False),
        ('hf download a/b && python -c "print(1)"', True),
        ("git pull x", False),
        ("pull", False),
        ("", False),
    ],
)
def test_a_command_that_fetches_and_serves_nothing_is_known(words: str, fetches: bool) -> None:
    assert only_fetches(words) is fetches
