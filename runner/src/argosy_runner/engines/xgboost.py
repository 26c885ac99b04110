"""A gradient-boosted model of XGBoost, as `Booster.save_model` or `XGBModel.save_model` writes it.

Weights: a .json or .ubj file. A pickled model is the engine `sklearn`'s.

In: one row of numbers, as many as the model has features, in the order it was trained on;
categories as their codes. Out: what `Booster.predict` gives for the row: a number, or one for each
class with `multi:softprob`. A model that was stopped early answers with its best iteration, as
XGBoost's own scikit-learn interface does.

On Linux the default requirement is `xgboost-cpu`, the same library without the CUDA kernels and
without the hundreds of megabytes of NCCL that `xgboost` brings along. A model whose
requirements.txt names `xgboost` gets that instead.
"""

from __future__ import annotations

from typing import Any

from argosy_runner.worker import packages, weights
from argosy_runner.worker.tensors import Tensor, TensorModel, seen, zeros

REQUIREMENTS = (
    "xgboost-cpu; sys_platform == 'linux'",
    "xgboost; sys_platform != 'linux'",
    "numpy",
)
SUFFIXES = (".json", ".ubj")


def load(place: Any) -> TensorModel:
    """Read the model; its own file says how many features it has."""
    xgboost = packages.need("xgboost", "xgboost")
    file = weights.file(place, "xgboost", SUFFIXES)
    booster = xgboost.Booster()
    try:
        booster.load_model(file)
    except xgboost.core.XGBoostError as error:
        raise weights.unreadable(file, "xgboost", error) from error
    if threads := packages.threads():
        booster.set_param({"nthread": threads})
    best = booster.attr("best_iteration")
    trees = (0, int(best) + 1) if best else (0, 0)

    def compute(arrays: list[Any]) -> list[Any]:
        rows = xgboost.DMatrix(
            arrays[0],
            feature_names=booster.feature_names,
            feature_types=booster.feature_types,
            enable_categorical=True,
        )
        return [booster.predict(rows, iteration_range=trees)]

    inputs = [Tensor("input", "float32", [None, booster.num_features()])]
    (answer,) = compute(zeros(inputs, 2))
    return TensorModel(inputs, [seen("output", answer, 2)], compute, place.rows)
