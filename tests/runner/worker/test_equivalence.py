from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy_runner.worker import equivalence

EXAMPLES = [1.0, 2.0, 3.0]


def disagreement(
    batched: Callable[[list[float]], list[Any]], alone: Callable[[float], Any] = lambda one: one
) -> str:
    def ask() -> list[bytes]:
        return [json.dumps(alone(one)).encode() for one in EXAMPLES]

    def together(chosen: list[int]) -> list[bytes]:
        return [json.dumps(each).encode() for each in batched([EXAMPLES[at] for at in chosen])]

    return equivalence.disagreement(
        ask(), ask, together, rows=4, alike=equivalence.alike_json, show=bytes.decode
    )


def test_a_model_that_answers_alike_agrees() -> None:
    assert disagreement(lambda inputs: inputs) == ""


def test_rounding_is_no_disagreement() -> None:
    assert disagreement(lambda inputs: [one * (1 + 1e-5) for one in inputs]) == ""


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ([1.0, 0.001], [1.01, 0.008], True),
        ([1.0, 0.001], [1.05, 0.001], False),
        ({"score": 0.5}, {"score": 0.505}, True),
        ({"score": 0.5}, {"score": 0.52}, False),
        ([{"score": 0.5, "label": "a"}], [{"score": 0.5, "label": "b"}], False),
    ],
)
def test_a_tolerance_is_of_the_largest_number_of_a_list(
    first: Any, second: Any, alike: bool
) -> None:
    texts = json.dumps(first).encode(), json.dumps(second).encode()
    assert equivalence.alike_json(*texts, 0.02) == alike
    assert not equivalence.alike_json(*texts)


@pytest.mark.parametrize(
    "batched",
    [
        lambda inputs: inputs[::-1],
        lambda inputs: [inputs[0]] * len(inputs),
        lambda inputs: [sum(inputs)] * len(inputs),
        lambda inputs: [one / len(inputs) for one in inputs],
        lambda inputs: [[one] for one in inputs],
        sorted,
    ],
)  # fmt: skip
def test_swapped_mixed_and_different_rows_are_found(batched: Callable[[Any], Any]) -> None:
    assert "as row" in disagreement(batched)


def test_a_batch_that_fails_says_how() -> None:
    def fails(inputs: list[float]) -> list[Any]:
        raise ValueError("too many")

    assert disagreement(fails) == "a batch of 4 failed: ValueError: too many"


def test_a_batch_that_loses_the_gpu_is_the_end_of_this_process() -> None:
    def fails(inputs: list[float]) -> list[Any]:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    with pytest.raises(RuntimeError, match="illegal memory access"):
        disagreement(fails)


def test_a_model_of_chance_proves_nothing() -> None:
    numbers = iter(range(1000))
    assert (
        disagreement(lambda inputs: [next(numbers) for _ in inputs], lambda _: next(numbers)) == ""
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
        max_leaves=8,
    )
)
def test_everything_is_like_itself(value: Any) -> None:
    text = json.dumps(value).encode()
    assert equivalence.alike_json(text, json.dumps(value, indent=1).encode())
