from __future__ import annotations

import pytest

from argosy_runner import engines


def test_an_engine_is_its_file_alone() -> None:
    assert {"onnx", "python"} <= set(engines.names())
    assert engines.requirements("onnx") == ("onnxruntime", "numpy")
    assert engines.requirements("python") == ()
    with pytest.raises(KeyError):
        engines.requirements("fortran")


@pytest.mark.parametrize("name", engines.names())
def test_every_engine_has_a_manual(name: str) -> None:
    module = engines.module(name)
    assert module.__doc__
    assert callable(module.command if engines.is_served(name) else module.load)
    known = engines.options(name) or {}
    assert all(text and option.isidentifier() for option, text in known.items())


def test_a_suffix_names_the_engine_that_takes_it() -> None:
    assert engines.taking(".onnx") == ("onnx",)
    assert engines.taking(".csv") == ()


def test_only_an_engine_that_takes_a_share_of_a_gpu_says_so() -> None:
    assert engines.gpu_share("vllm", {"gpu_memory_utilization": 0.5}) == 0.5
    assert engines.gpu_share("vllm", {}) == 0.92
    assert engines.gpu_share("torch", {}) is None
