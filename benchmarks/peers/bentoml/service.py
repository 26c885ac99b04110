"""The peer: a BentoML service with an adaptive batch, as its documentation writes it."""
# mypy: ignore-errors
# (BentoML and onnxruntime exist in this file's own environment only.)

from __future__ import annotations

import os

import bentoml
import numpy as np
import onnxruntime


@bentoml.service(workers=1, traffic={"timeout": 60})
class Digits:
    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            os.environ["WEIGHTS"], options, providers=["CPUExecutionProvider"]
        )

    @bentoml.api(batchable=True, max_batch_size=64)
    def predict(self, input: list[list[float]]) -> list[dict]:
        pixels = np.array(input, dtype=np.float32)
        label, probabilities = self.session.run(None, {"pixels": pixels})
        return [
            {"label": int(one), "probabilities": row.tolist()}
            for one, row in zip(label, probabilities, strict=True)
        ]
