"""A gradient-boosted model of LightGBM, as `Booster.save_model` writes it: text.

Weights: a .txt or .lgb file. A pickled model is the engine `sklearn`'s.

In: one row of numbers, as many as the model has features, in the order it was trained on;
categories as their codes. Out: what `Booster.predict` gives for the row: a number, or a probability
for each class.
"""

from __future__ import annotations

from typing import Any

from argosy_runner.worker import packages, weights
from argosy_runner.worker.tensors import Tensor, TensorModel, seen, zeros

REQUIREMENTS = ("lightgbm", "numpy")
SUFFIXES = (".txt", ".lgb")


def load(place: Any) -> TensorModel:
    """Read the model; its own file says how many features it has."""
    lightgbm = packages.need("lightgbm", "lightgbm")
    file = weights.file(place, "lightgbm", SUFFIXES)
    try:
        booster = lightgbm.Booster(model_file=file)
    except (lightgbm.basic.LightGBMError, ValueError) as error:
        raise weights.unreadable(file, "lightgbm", error) from error
    threads = packages.threads() or 0  # 0: as many as there are cores

    def compute(arrays: list[Any]) -> list[Any]:
        return [booster.predict(arrays[0], num_threads=threads)]

    inputs = [Tensor("input", "float64", [None, booster.num_feature()])]
    (answer,) = compute(zeros(inputs, 2))
    return TensorModel(inputs, [seen("output", answer, 2)], compute, place.rows)
