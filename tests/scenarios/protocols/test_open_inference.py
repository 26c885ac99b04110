"""Triton's own clients at the one address: the model that a call names answers it."""

from __future__ import annotations

import queue
from typing import Any

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http

from tests.scenarios.stack import StackUnderTest

MODEL = """
class Model:
    max_batch = 16

    def predict(self, rows: list[float]):
        return [{"{name}": row * {times}} for row in rows]
"""
MODELS = """
double:
  code: ./double
  replicas: 2
triple:
  code: ./triple
"""


@pytest.fixture(scope="module")
def computing(module_stack: StackUnderTest) -> StackUnderTest:
    module_stack.write(
        MODELS,
        double__model=MODEL.replace("{name}", "double").replace("{times}", "2"),
        triple__model=MODEL.replace("{name}", "triple").replace("{times}", "3"),
    )
    module_stack.up()
    return module_stack


def inputs(module: Any, *values: float) -> Any:
    found = module.InferInput("input", [len(values)], "FP64")
    found.set_data_from_numpy(np.array(values, float))
    return [found]


def test_the_model_that_is_named_answers(computing: StackUnderTest) -> None:
    address = f"127.0.0.1:{computing.port}"
    with tritonclient.http.InferenceServerClient(address) as http:
        with tritonclient.grpc.InferenceServerClient(address) as grpc:
            for name, times in (("double", 2), ("triple", 3)):
                answer = http.infer(name, inputs(tritonclient.http, 1, 2.5))
                assert answer.as_numpy(name).tolist() == [times, 2.5 * times]
                named = {"model": name}
                assert grpc.is_model_ready(name, headers=named)
                answer = grpc.infer(name, inputs(tritonclient.grpc, 1, 2.5), headers=named)
                assert answer.as_numpy(name).tolist() == [times, 2.5 * times]


def test_a_stream_of_requests_stays_with_its_model(computing: StackUnderTest) -> None:
    found: queue.Queue[Any] = queue.Queue()
    with tritonclient.grpc.InferenceServerClient(f"127.0.0.1:{computing.port}") as client:
        client.start_stream(
            lambda result, error: found.put(error or result), headers={"model": "double"}
        )
        for at in range(50):
            client.async_stream_infer("double", inputs(tritonclient.grpc, at))
        answers = [found.get(timeout=30).as_numpy("double").tolist() for _ in range(50)]
    assert answers == [[2 * at] for at in range(50)]
