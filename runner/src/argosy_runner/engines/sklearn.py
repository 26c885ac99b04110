"""A fitted scikit-learn estimator or pipeline.

Weights: a .joblib, .pkl, .pickle or .skops file. A pickle needs the packages that it was made with,
scikit-learn's version first of all: pin them in the requirements.txt of a `code` folder, where
modules with the estimator's own classes can lie too. A .skops file is read without running what it
holds; types that skops does not know are refused unless the stack file says `trust: pickle`.

In: one row of numbers; a text, where a pipeline begins with a vectorizer of texts; an object by
column, where the estimator picks columns of a DataFrame by name, which takes `pandas` in
requirements.txt; any JSON, where the estimator refuses zeros and has no column names.

Out, of a regressor or transformer: its number or row of numbers. Of everything else that predicts:
`label`, and `probabilities` in the order of `classes_` where there are any.
"""

# pathlib costs a start; zip has no `strict` on Python 3.8.
# ruff: noqa: B905, PTH119

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

from argosy_runner.engines import python
from argosy_runner.worker import faults, packages, weights
from argosy_runner.worker.tensors import DEFAULT_ROWS, Tensor, TensorModel, seen, zeros

REQUIREMENTS = ("scikit-learn", "joblib", "skops", "numpy")
OPTIONS = {
    "probabilities": "`false` leaves `probabilities` out, and the time that computing them takes.",
}
SUFFIXES = (".joblib", ".pkl", ".pickle", ".skops")


def load(place: Any) -> Any:
    """Read the estimator; what it has learned says what goes in, and a try what comes out."""
    packages.need("sklearn", "scikit-learn")
    file = weights.file(place, "sklearn", SUFFIXES)
    estimator = read(place, file)
    answers = answers_of(estimator, place.options.get("probabilities", True))
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    columns = [str(name) for name in getattr(estimator, "feature_names_in_", ())]
    tensor = input_of(estimator)
    if tensor is None:
        return rows_model(answers, columns, place.rows)
    try:
        return tensor_model(answers, tensor, place.rows)
    except Exception as error:  # whatever the estimator raises for rows that it does not take
        if not columns and not isinstance(error, (ValueError, TypeError)):
            raise
        sys.stderr.write(f"rows are taken as JSON: zeros are refused: {faults.first_line(error)}\n")
        return rows_model(answers, columns, place.rows)


def read(place: Any, file: str) -> Any:
    """What the file holds. What the libraries warn of is written to the log, once."""
    name = os.path.basename(file)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            if weights.suffix(file) == ".skops":
                estimator = read_skops(place, file)
            else:
                weights.refuse_untrusted_pickle(place, name)
                estimator = packages.need("joblib", "joblib").load(file)
        except faults.CannotLoad:
            raise
        except ModuleNotFoundError as error:
            raise packages.missing(f"the module {error.name}", wanted_by=name) from error
        except Exception as error:  # a broken pickle raises anything
            if "'__main__'" in str(error):
                raise own_class(name, error) from error
            raise weights.unreadable(file, "scikit-learn", error) from error
        finally:
            for line in sorted({warning_line(each.message) for each in caught}):
                sys.stderr.write(line + "\n")
    return estimator


def read_skops(place: Any, file: str) -> Any:
    """A .skops file whose types are known, or trusted by the stack file."""
    skops = packages.need("skops.io", "skops")
    unknown = skops.get_untrusted_types(file=file)
    if unknown and place.trust != "pickle":
        raise faults.CannotLoad(
            f"{os.path.basename(file)} holds types that skops does not know: "
            f"{', '.join(unknown)}: write `trust: pickle` if you trust its origin"
        )
    return skops.load(file, trusted=unknown)


def own_class(name: str, error: BaseException) -> faults.CannotLoad:
    """A class that was defined in the script that made the pickle."""
    return faults.CannotLoad(
        f"{name} needs a class of the script that made it ({faults.first_line(error)}): "
        "put the class in a module of the `code` folder and make the file anew from there"
    )


def warning_line(warning: Any) -> str:
    """One line for the log; of another scikit-learn, what to do about it."""
    made_by = getattr(warning, "original_sklearn_version", None)
    if made_by is None:
        return f"{type(warning).__name__}: {faults.first_line(warning)}"
    return (
        f"this model was made by scikit-learn {made_by} and runs on "
        f"{warning.current_sklearn_version}, where it may answer otherwise: "
        f"write scikit-learn=={made_by} in requirements.txt"
    )


def answers_of(estimator: Any, probabilities: bool) -> dict[str, Any]:
    """What the estimator can tell, by the name of the output: the methods that compute it."""
    if hasattr(estimator, "predict"):
        answers = {"output" if is_regressor(estimator) else "label": estimator.predict}
        several = (
            getattr(estimator, "n_outputs_", 1) > 1
        )  # whose probabilities are a list of arrays
        if probabilities and not several and hasattr(estimator, "predict_proba"):
            answers["probabilities"] = estimator.predict_proba
        return answers
    if hasattr(estimator, "transform"):
        return {"output": estimator.transform}
    raise faults.CannotLoad(
        f"the weights hold a {type(estimator).__name__}, which has neither predict nor transform"
    )


def is_regressor(estimator: Any) -> bool:
    """Whether what is predicted is a quantity; of classes from elsewhere, what they say of it."""
    base = packages.need("sklearn.base", "scikit-learn")
    try:
        return bool(base.is_regressor(estimator))
    except AttributeError:  # a class without the tags of scikit-learn
        return getattr(estimator, "_estimator_type", None) == "regressor"


def input_of(estimator: Any) -> Tensor | None:
    """A text or a row of numbers; None where the estimator does not say how many."""
    first = estimator
    while hasattr(first, "steps"):
        first = first.steps[0][1]
    if hasattr(first, "build_analyzer"):  # what makes vectors of texts, and nothing else, has it
        return Tensor("input", "string", [None])
    count = getattr(estimator, "n_features_in_", None)
    return None if count is None else Tensor("input", "float64", [None, count])


def tensor_model(answers: dict[str, Any], tensor: Tensor, most_rows: int | None) -> TensorModel:
    """Arrays in and out."""

    def compute(arrays: list[Any]) -> list[Any]:
        return [array_of(function(arrays[0])) for function in answers.values()]

    outputs = [seen(name, array, 2) for name, array in zip(answers, compute(zeros([tensor], 2)))]
    return TensorModel([tensor], outputs, compute, most_rows)


def rows_model(answers: dict[str, Any], columns: list[str], most_rows: int | None) -> Any:
    """JSON in and out: objects by column become a DataFrame, anything else an array of objects."""
    make = frame_of(columns) if columns else array_of_objects

    def predict(rows: Any) -> Any:
        table = make(rows)
        found = [array_of(function(table)).tolist() for function in answers.values()]
        return found[0] if len(found) == 1 else [dict(zip(answers, row)) for row in zip(*found)]

    if columns:
        import typing

        row = typing.TypedDict("Row", dict.fromkeys(columns, Any))  # type: ignore[misc]
        predict.__annotations__ = {"rows": typing.List[row]}
    return python.Loaded(Rows(predict, most_rows or DEFAULT_ROWS), python.Loop(), most_rows)


class Rows:
    """What the engine `python` asks."""

    def __init__(self, predict: Any, max_batch: int) -> None:
        self.predict = predict
        self.max_batch = max_batch


def frame_of(columns: list[str]) -> Any:
    """A function that makes a DataFrame of objects by column."""
    pandas = packages.need("pandas", "pandas")
    return lambda rows: pandas.DataFrame(rows, columns=columns)


def array_of_objects(rows: Any) -> Any:
    """scikit-learn makes numbers of them where it wants numbers."""
    import numpy as np

    return np.array(rows, dtype=object)


def array_of(answer: Any) -> Any:
    """numpy's array of what an estimator gives: arrays, sparse matrices, frames of pandas."""
    import numpy as np

    if hasattr(answer, "toarray"):
        return answer.toarray()
    return np.asarray(answer)
