from __future__ import annotations

from tests.imported.conftest import Import


def test_flags_become_the_options_of_llama_cpp_python(imported: Import) -> None:
    model = imported("llama_cpp").values["models"]["qwen-7b"]
    assert model["engine"] == "llama-cpp"
    assert model["weights"] == "./gguf/qwen2.5-7b-instruct-q4_k_m.gguf"
    assert model["options"] == {"n_ctx": 8192, "n_gpu_layers": 99, "flash_attn": True}


def test_a_variable_in_a_mount_is_said_to_be_filled_in(imported: Import) -> None:
    assert imported("llama_cpp").notes("services.llm_server.volumes.0") == [
        "changed: models.qwen-7b.weights; MODELS_DIR is filled in, as it is now"
    ]


def test_what_the_engine_does_not_have_is_listed(imported: Import) -> None:
    result = imported("llama_cpp")
    for flag in ("-np", "--metrics"):
        assert result.notes(f"services.llm_server.command {flag}")[0].startswith("not carried")


def test_variables_of_llama_server_are_flags(imported: Import) -> None:
    result = imported("llama_variables")
    small = result.values["models"]["small"]
    assert small["options"] == {"n_ctx": 4096}
    assert small["weights"] == "./weights/gemma-3-1b-it-GGUF-Q4_K_M"
    assert result.values["gateway"]["keys"] == "required"


def test_options_of_llama_cpp_python_stay_as_they_are(imported: Import) -> None:
    phi = imported("llama_variables").values["models"]["phi"]
    assert phi["options"] == {"n_ctx": 2048, "chat_format": "chatml"}


def test_a_file_of_a_repository_is_downloaded_alone(imported: Import) -> None:
    command = "--hf-repo org/repo-GGUF --hf-file q4.gguf --no-mmap"
    text = f"services: {{a: {{image: 'ghcr.io/ggml-org/llama.cpp:server', command: {command}}}}}"
    result = imported(text=text)
    assert result.values["models"]["a"]["weights"] == "./weights/q4.gguf"
    assert result.values["models"]["a"]["options"] == {"use_mmap": False}
    assert "hf download org/repo-GGUF q4.gguf --local-dir weights" in " ".join(
        result.notes("services.a.command --hf-repo")
    )
