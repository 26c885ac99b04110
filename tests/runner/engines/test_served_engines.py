"""The commands and questions of served engines, compared whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from argosy_runner import engines
from argosy_runner.engines import command, llama_cpp, vllm
from argosy_runner.served.engine import Place, Question, Readiness

TCP = Place("chat", "/env/bin/python", "127.0.0.1:4000", "/w")


def test_each_engine_is_named_as_in_the_stack_file() -> None:
    assert {"command", "llama-cpp", "onnx", "python", "vllm"} <= set(engines.names())
    assert engines.requirements("llama-cpp") == ("llama-cpp-python[server]",)
    assert [engines.is_served(name) for name in ("onnx", "python", "vllm")] == [False, False, True]
    for unknown in ("llama_cpp", "nothing"):
        with pytest.raises(KeyError):
            engines.requirements(unknown)


def test_vllm_is_served_on_a_unix_socket_with_options_as_flags() -> None:
    options = {
        "max-model-len": 8192,
        "quantization": "awq",
        "enforce_eager": True,
        "enable-prefix-caching": False,
        "middleware": ["a", "b"],
        "speculative-config": {"method": "ngram"},
    }
    place = Place("chat", "/env/bin/python", "unix:/run/e", "/w", options)
    assert vllm.command(place) == [
        *("/env/bin/python", "-m", "vllm.entrypoints.cli.main", "serve", "/w"),
        *("--uds", "/run/e", "--served-model-name", "chat"),
        *("--max-model-len", "8192", "--quantization", "awq", "--enforce-eager"),
        *("--no-enable-prefix-caching", "--middleware", "a", "b"),
        *("--speculative-config", '{"method": "ngram"}'),
    ]
    assert vllm.command(TCP)[5:9] == ["--host", "127.0.0.1", "--port", "4000"]


def test_vllm_works_once_it_has_made_a_token_or_an_embedding() -> None:
    assert vllm.readiness(TCP) == Readiness(
        Question("/health"),
        (
            Question("/v1/completions", {"model": "chat", "prompt": "a", "max_tokens": 1}),
            Question("/v1/embeddings", {"model": "chat", "input": "a"}),
            Question("/pooling", {"model": "chat", "input": "a"}),
        ),
    )


def test_llama_cpp_takes_a_file_or_the_folder_that_holds_it(tmp_path: Path) -> None:
    for part in ("m-00002-of-2.gguf", "m-00001-of-2.gguf", "README.md"):
        (tmp_path / part).touch()
    place = Place("chat", "python", "127.0.0.1:4000", str(tmp_path), {"n-ctx": 512})
    assert llama_cpp.command(place) == [
        *("python", "-m", "llama_cpp.server", "--model", str(tmp_path / "m-00001-of-2.gguf")),
        *("--host", "127.0.0.1", "--port", "4000", "--model_alias", "chat"),
        *("--interrupt_requests", "false", "--n_ctx", "512"),
    ]
    assert llama_cpp.command(TCP)[4] == "/w"
    assert llama_cpp.command(Place("c", "p", "h:1", "/w", {"interrupt_requests": True}))[-1] == (
        "true"
    )


def test_a_command_is_filled_in_and_other_braces_are_left_alone() -> None:
    words = ("serve", "--at={address}", "{host}", "{port}", "{weights}:{model}", '{"a": {b}}')
    place = Place("chat", "python", "127.0.0.1:4000", "/w", {}, words)
    assert command.command(place) == [
        *("serve", "--at=127.0.0.1:4000", "127.0.0.1", "4000", "/w:chat", '{"a": {b}}')
    ]


def test_a_command_says_where_it_is_asked() -> None:
    told = Place("m", "p", "h:1", options={"ready_path": "/up", "metrics_path": "/stats"})
    assert command.readiness(told) == Readiness(Question("/up"))
    assert command.metrics_path(told) == "/stats"
    assert command.readiness(TCP) == Readiness(Question("/health"))
    assert command.metrics_path(TCP) is None
