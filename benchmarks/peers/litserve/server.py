"""The peer: LitServe as its documentation writes it, with its faster queue and batches."""
# mypy: ignore-errors
# (LitServe and onnxruntime exist in this file's own environment only.)

from __future__ import annotations

import os
import sys

import litserve
import numpy as np
import onnxruntime


class Digits(litserve.LitAPI):
    def setup(self, device):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            os.environ["WEIGHTS"], options, providers=["CPUExecutionProvider"]
        )

    def decode_request(self, request):
        return np.array(request["input"], dtype=np.float32)

    def predict(self, pixels):
        label, probabilities = self.session.run(None, {"pixels": pixels.reshape(-1, 64)})
        return [(label[at], probabilities[at]) for at in range(len(label))]

    def unbatch(self, output):
        return output

    def encode_response(self, output):
        label, probabilities = output
        return {"output": {"label": int(label), "probabilities": probabilities.tolist()}}


if __name__ == "__main__":
    api = Digits(max_batch_size=32, batch_timeout=0.001)
    server = litserve.LitServer(api, accelerator="cpu", fast_queue=True)
    server.run(
        host="127.0.0.1",
        port=int(sys.argv[1]),
        num_api_servers=1,
        generate_client_file=False,
        log_level="warning",
    )
