# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "numpy==2.4.6",
#     "onnx==1.23.2",
#     "onnxruntime==1.31.1",
#     "scikit-learn==1.9.1",
#     "skl2onnx==1.20.0",
# ]
# ///
"""Train the classifier of handwritten digits and export it: `uv run digits/train.py`.

The graph takes `pixels`, float32 [rows, 64], each 0 (white) to 16 (black), row by row of an 8 × 8
picture. It answers `label`, int64 [rows], and `probabilities`, float32 [rows, 10].
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler

WEIGHTS = Path(__file__).parents[1] / "weights" / "digits.onnx"
WANTED_ACCURACY = 0.95


def main() -> None:
    pixels, labels = load_digits(return_X_y=True)
    train_pixels, test_pixels, train_labels, test_labels = train_test_split(
        pixels.astype(np.float32), labels, test_size=0.25, random_state=0, stratify=labels
    )
    classifier = make_pipeline(MaxAbsScaler(), LogisticRegression(max_iter=1000))
    classifier.fit(train_pixels, train_labels)
    graph = export(classifier)
    accuracy = measure(graph, test_pixels, test_labels)
    print(f"accuracy on {len(test_labels)} held-out digits: {accuracy:.3f}")
    if accuracy < WANTED_ACCURACY:
        sys.exit(f"below {WANTED_ACCURACY}: {WEIGHTS} is left as it was")
    WEIGHTS.write_bytes(graph)
    print(f"wrote {WEIGHTS.name}, {len(graph)} bytes")


def export(classifier: Pipeline) -> bytes:
    """The classifier as an ONNX graph whose probabilities are a tensor, not a list of maps."""
    model = to_onnx(
        classifier,
        initial_types=[("pixels", FloatTensorType([None, 64]))],
        options={"zipmap": False},
        target_opset=17,
    )
    assert [output.name for output in model.graph.output] == ["label", "probabilities"]
    return bytes(model.SerializeToString())


def measure(graph: bytes, pixels: np.ndarray, labels: np.ndarray) -> float:
    """The share of these pictures that the exported graph names rightly, 0 to 1."""
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    (answers,) = session.run(["label"], {"pixels": pixels})
    return float((answers == labels).mean())


if __name__ == "__main__":
    main()
