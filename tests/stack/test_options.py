from __future__ import annotations

from pathlib import Path

import pytest

from tests.stack.conftest import Mistakes, Parse


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            "{devise: cpu}",
            "1:51: models.a.options.devise: the engine torch has no such option. Did",
        ),
        ("{devise: cpu}", "Did you mean device?"),
        ("{zzz: 1}", "the engine torch has no such option. It has: device, inputs."),
        ("{2x: 1}", "is not the name of an option. Use letters, digits, _ and -."),
        ("{device: .inf}", "must be a number that JSON can hold, not `.inf`"),
        ("[device]", "must be a mapping of keys, not a list. Write it like `options: {task: "),
    ],
)
def test_an_option_must_be_one_of_the_engine(
    mistakes: Mistakes, options: str, expected: str
) -> None:
    (line,) = mistakes(f"models: {{a: {{engine: torch, weights: w, options: {options}}}}}")
    assert expected in line


def test_python_has_no_options(mistakes: Mistakes) -> None:
    (line,) = mistakes("models: {a: {code: code, options: {task: x}}}")
    assert line.endswith("the engine python has no such option. It has none: leave `options` out.")


def test_options_and_trust_reach_the_stack(stack: Parse) -> None:
    text = (
        "models: {a: {engine: torch, weights: w, trust: pickle,"
        ' options: {device: "${D}", inputs: [{name: x, shape: [3, "${N}"], free: null}]}}}'
    )
    model = stack(text, D="cpu", N="4").model("a")
    assert model.options == {
        "device": "cpu",
        "inputs": [{"name": "x", "shape": [3, 4], "free": None}],
    }
    assert model.trust == "pickle"


def test_trust_is_for_pickles_only(mistakes: Mistakes) -> None:
    (line,) = mistakes("models: {a: {code: code, trust: everything}}")
    assert "trust: must be pickle, not `everything`" in line


@pytest.fixture(autouse=True)
def _weights(folder: Path) -> None:
    (folder / "w").write_bytes(b"\x08")
