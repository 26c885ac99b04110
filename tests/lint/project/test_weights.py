from __future__ import annotations

import pytest

from argosy.lint.project.weights import is_small_kind, is_weights, is_weights_folder


@pytest.mark.parametrize(
    ("name", "weights", "small"),
    [
        ("m/a.safetensors", True, False),
        ("a.Q4_K_M.GGUF", True, False),
        ("pytorch_model.bin", True, False),
        ("model-00001-of-00002.bin", True, False),
        ("ggml-base.en.bin", True, False),
        ("https://x.io/a.pt?download=true", True, False),
        ("churn.pkl", True, True),
        ("a.onnx", True, True),
        ("tokenizer.json", False, False),
        ("vocab.bin", False, False),
        ("a.py", False, False),
        ("checkpoint.ptx", False, False),
    ],
)
def test_files_are_weights_by_their_names(name: str, weights: bool, small: bool) -> None:
    assert (is_weights(name), is_small_kind(name)) == (weights, small)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("models/", True), ("/a/checkpoints", True), ("model_repository", True), ("modelling", False)],
)
def test_folders_are_for_weights_by_their_names(name: str, is_one: bool) -> None:
    assert is_weights_folder(name) is is_one
