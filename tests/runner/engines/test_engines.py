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
    assert callable(module.load)
    assert all(text and name.isidentifier() for name, text in engines.options(name).items())


def test_a_suffix_names_the_engine_that_takes_it() -> None:
    assert engines.taking(".onnx") == ("onnx",)
    assert engines.taking(".csv") == ()
