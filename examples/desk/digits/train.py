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

A graph takes `pixels`, float32 [rows, 64], each 0 (white) to 16 (black), row by row of an 8 × 8
picture. It answers `label`, int64 [rows], and `probabilities`, float32 [rows, 10].

`weights/digits.onnx` is what the stack serves, and `revisions/` holds what it can be rolled to: a
better one, an equal one and a worse one. All learn from the same pictures. The other 500 are the
suite `probes/digits.jsonl`, so that no revision has seen what it is asked.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler

DESK = Path(__file__).parents[1]
SUITE = DESK / "probes" / "digits.jsonl"
HELD_OUT = 500
FEW = 60  # pictures, from which the worse one learns
WANTED_ACCURACY = 0.95

CLASSIFIERS = {
    "weights/digits.onnx": LogisticRegression(max_iter=1000),
    "revisions/better.onnx": MLPClassifier(128, max_iter=1000, random_state=0),
    "revisions/equal.onnx": LogisticRegression(C=0.8, max_iter=1000),
    "revisions/worse.onnx": LogisticRegression(max_iter=1000),
}


def main() -> None:
    pixels, labels = load_digits(return_X_y=True)
    train_pixels, test_pixels, train_labels, test_labels = train_test_split(
        pixels.astype(np.float32), labels, test_size=HELD_OUT, random_state=0, stratify=labels
    )
    assert not {row.tobytes() for row in train_pixels} & {row.tobytes() for row in test_pixels}
    made = {}
    for name, classifier in CLASSIFIERS.items():
        most = FEW if "worse" in name else len(train_labels)
        pipeline = make_pipeline(MaxAbsScaler(), classifier)
        pipeline.fit(train_pixels[:most], train_labels[:most])
        graph = export(pipeline)
        accuracy = measure(graph, test_pixels, test_labels)
        print(f"{name}: accuracy on {HELD_OUT} held-out digits: {accuracy:.3f}")
        if accuracy < WANTED_ACCURACY and "worse" not in name:
            sys.exit(f"below {WANTED_ACCURACY}: all is left as it was")
        made[name] = graph
    for name, graph in made.items():
        (DESK / name).parent.mkdir(exist_ok=True)
        (DESK / name).write_bytes(graph)
    SUITE.parent.mkdir(exist_ok=True)
    SUITE.write_text(suite(test_pixels, test_labels))


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


def suite(pixels: np.ndarray, labels: np.ndarray) -> str:
    """A line of JSON for each picture."""
    items = (
        {"input": row.astype(int).tolist(), "expected": int(label), "tags": [f"digit-{label}"]}
        for row, label in zip(pixels, labels, strict=True)
    )
    return "".join(json.dumps(item, separators=(",", ":")) + "\n" for item in items)


if __name__ == "__main__":
    main()
