from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.runner.engines.conftest import Library, Refusal, Serve, compare, make

PROGRAM = """
import json
import xgboost
from sklearn.datasets import load_diabetes, load_iris

X, y = load_iris(return_X_y=True)
rows = X[::8].astype("float32")
three = xgboost.XGBClassifier(n_estimators=4).fit(X, y)
three.save_model("three.json")
two = xgboost.XGBClassifier(n_estimators=4).fit(X[:100], y[:100])
two.save_model("two.ubj")
linear = xgboost.XGBRegressor(booster="gblinear", n_estimators=4).fit(X, y)
linear.save_model("linear.json")
stopped = xgboost.XGBRegressor(n_estimators=60, early_stopping_rounds=2, learning_rate=0.5)
stopped.fit(X[::2], y[::2], eval_set=[(X[1::2], y[1::2])], verbose=False)
assert stopped.best_iteration + 1 < stopped.get_booster().num_boosted_rounds()
stopped.save_model("stopped.json")
json.dump(
    {
        "rows": rows.tolist(),
        "three": three.predict_proba(rows).tolist(),
        "two": two.predict_proba(rows)[:, 1].tolist(),
        "linear": linear.predict(rows).tolist(),
        "stopped": stopped.predict(rows).tolist(),
    },
    open("expected.json", "w"),
)
"""


@pytest.fixture(scope="module")
def library(tables_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Library:
    return make(tables_python, tmp_path_factory.mktemp("xgboost"), PROGRAM)


@pytest.mark.parametrize("name", ["three.json", "two.ubj", "linear.json", "stopped.json"])
def test_the_answers_are_the_librarys_own(served: Serve, library: Library, name: str) -> None:
    replica = served("xgboost", library, name)
    expected = [pytest.approx(row) for row in library.expected(name.partition(".")[0])]
    compare(replica, library.expected("rows"), expected)


def test_a_row_of_the_wrong_length_is_a_422(served: Serve, library: Library) -> None:
    replica = served("xgboost", library, "three.json")
    answer = replica.post({"input": [1, 2, 3]})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("$.input: expected array of length >= 4")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("m.ubj", b"nothing", "xgboost cannot read m.ubj: "),
        ("m.json", b'{"a": 1}', "xgboost cannot read m.json: "),
        ("m.onnx", b"nothing", "m.onnx is no .json or .ubj file: did you mean `engine: onnx`?"),
        ("m.joblib", b"nothing", "did you mean `engine: sklearn`?"),
    ],
)
def test_what_is_no_model_is_refused(
    refusal: Refusal, tables_python: Path, tmp_path: Path, name: str, content: bytes, expected: Any
) -> None:
    (tmp_path / name).write_bytes(content)
    assert expected in refusal("xgboost", tables_python, tmp_path / name)


def test_a_missing_package_is_named(refusal: Refusal, graph_python: Path, library: Library) -> None:
    reason = refusal("xgboost", graph_python, library.folder / "three.json")
    assert "needs xgboost, which is not installed: add it to requirements.txt" in reason
