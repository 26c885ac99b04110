from __future__ import annotations

from pathlib import Path

import pytest

from tests.runner.engines.conftest import Library, Refusal, Serve, compare, make

PROGRAM = """
import json
import lightgbm
from sklearn.datasets import load_iris

X, y = load_iris(return_X_y=True)
rows = X[::8]
expected = {"rows": rows.tolist()}
for name, kind, count in (("three", "Classifier", 150), ("two", "Classifier", 100),
                          ("number", "Regressor", 150)):
    model = getattr(lightgbm, f"LGBM{kind}")(n_estimators=4, verbose=-1).fit(X[:count], y[:count])
    model.booster_.save_model(f"{name}.txt")
    expected[name] = model.booster_.predict(rows).tolist()
json.dump(expected, open("expected.json", "w"))
"""


@pytest.fixture(scope="module")
def library(tables_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Library:
    return make(tables_python, tmp_path_factory.mktemp("lightgbm"), PROGRAM)


@pytest.mark.parametrize("name", ["three", "two", "number"])
def test_the_answers_are_the_librarys_own(served: Serve, library: Library, name: str) -> None:
    replica = served("lightgbm", library, f"{name}.txt")
    expected = [pytest.approx(row) for row in library.expected(name)]
    compare(replica, library.expected("rows"), expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("m.txt", "lightgbm cannot read m.txt: Unknown model format or submodel type"),
        ("m.json", "m.json is no .txt or .lgb file: did you mean `engine: xgboost`?"),
    ],
)
def test_what_is_no_model_is_refused(
    refusal: Refusal, tables_python: Path, tmp_path: Path, name: str, expected: str
) -> None:
    (tmp_path / name).write_bytes(b"nothing")
    assert refusal("lightgbm", tables_python, tmp_path / name).startswith(expected)


def test_a_missing_package_is_named(refusal: Refusal, graph_python: Path, library: Library) -> None:
    reason = refusal("lightgbm", graph_python, library.folder / "three.txt")
    assert "needs lightgbm, which is not installed: add it to requirements.txt" in reason
