from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.runner.engines.conftest import Library, Refusal, Serve, compare, make

PROGRAM = """
import json, pickle
import joblib, numpy, pandas
import skops.io
from sklearn.cluster import DBSCAN, KMeans
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
import xgboost

X, y = load_iris(return_X_y=True)
rows = X[::8]
names = numpy.array(["setosa", "versicolor", "virginica"])[y]
expected = {"rows": rows.tolist()}

def both(model):
    return [{"label": label, "probabilities": p} for label, p in
            zip(model.predict(rows).tolist(), model.predict_proba(rows).tolist())]

forest = RandomForestClassifier(5, random_state=0).fit(X, y)
joblib.dump(forest, "forest.joblib")
expected["forest"] = both(forest)
expected["labels"] = forest.predict(rows).tolist()
named = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, names)
skops.io.dump(named, "named.skops")
expected["named"] = both(named)
margin = LinearSVC().fit(X, names)
pickle.dump(margin, open("margin.pkl", "wb"))
expected["margin"] = margin.predict(rows).tolist()
line = LinearRegression().fit(pandas.DataFrame(X, columns=list("abcd")), y)
joblib.dump(line, "line.joblib")
expected["line"] = line.predict(pandas.DataFrame(rows, columns=list("abcd"))).tolist()
plane = LinearRegression().fit(X[:, :2], X[:, 2:])
joblib.dump(plane, "plane.joblib")
expected["plane"] = plane.predict(rows[:, :2]).tolist()
scale = StandardScaler().fit(X)
joblib.dump(scale, "scale.joblib")
expected["scale"] = scale.transform(rows).tolist()
means = KMeans(3, n_init=1, random_state=0).fit(X)
joblib.dump(means, "means.joblib")
expected["means"] = means.predict(rows).tolist()

texts = ["good", "bad", "good good", "bad day", "lovely"]
words = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, [1, 0, 1, 0, 1])
joblib.dump(words, "words.joblib")
expected["texts"] = texts
expected["words"] = words.predict_proba(texts).tolist()

people = pandas.DataFrame({"age": [20, 30, 40, 50.5], "city": ["Bern", "Rom", "Bern", "Rom"]})
columns = make_pipeline(
    make_column_transformer((OneHotEncoder(), ["city"]), remainder="passthrough"),
    LinearRegression(),
).fit(people, [1, 2, 3, 4])
joblib.dump(columns, "columns.joblib")
expected["people"] = people.to_dict("records")
expected["columns"] = columns.predict(people).tolist()

cities = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(
    numpy.array([["Bern", "Rom"], ["Rom", "Rom"]], dtype=object), [0, 1])
joblib.dump(cities, "cities.joblib")

old = StandardScaler().fit(X)
state = old.__getstate__()
class Old(StandardScaler):
    def __reduce__(self):
        return (StandardScaler, (), {**state, "_sklearn_version": "0.24.2"})
joblib.dump(Old(), "old.joblib")
class Own(StandardScaler): ...
joblib.dump(Own(), "own.joblib")
joblib.dump(DBSCAN().fit(X), "density.joblib")
joblib.dump({"a": 1}, "mapping.pkl")
boosted = xgboost.XGBClassifier(n_estimators=2).fit(X, y)
joblib.dump(boosted, "boosted.joblib")
skops.io.dump(boosted, "boosted.skops")
expected["boosted"] = both(boosted)
json.dump(expected, open("expected.json", "w"))
"""


@pytest.fixture(scope="module")
def library(tables_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Library:
    return make(tables_python, tmp_path_factory.mktemp("sklearn"), PROGRAM)


def close(answer: Any) -> Any:
    """A label as it is, numbers as near as threads and batches leave them."""
    if isinstance(answer, dict):
        return {"label": answer["label"], "probabilities": pytest.approx(answer["probabilities"])}
    return answer if isinstance(answer, str) else pytest.approx(answer)


@pytest.mark.parametrize(
    "name",
    ["forest.joblib", "named.skops", "margin.pkl", "line.joblib", "scale.joblib", "means.joblib",
     "boosted.joblib"],
)  # fmt: skip
def test_the_answers_are_the_librarys_own(served: Serve, library: Library, name: str) -> None:
    replica = served("sklearn", library, name)
    expected = [close(answer) for answer in library.expected(name.partition(".")[0])]
    compare(replica, library.expected("rows"), expected)


def test_a_regressor_of_several_numbers_gives_a_row(served: Serve, library: Library) -> None:
    replica = served("sklearn", library, "plane.joblib")
    rows = [row[:2] for row in library.expected("rows")]
    compare(replica, rows, [pytest.approx(row) for row in library.expected("plane")])


def test_probabilities_can_be_left_out(served: Serve, library: Library) -> None:
    replica = served("sklearn", library, "forest.joblib", options={"probabilities": False})
    compare(replica, library.expected("rows"), library.expected("labels"))


def test_a_pipeline_that_begins_with_a_vectorizer_takes_texts(
    served: Serve, library: Library
) -> None:
    replica = served("sklearn", library, "words.joblib")
    for text, probabilities in zip(
        library.expected("texts"), library.expected("words"), strict=True
    ):
        answer = replica.ask(text)
        assert answer["probabilities"] == pytest.approx(probabilities)
    assert replica.post({"input": 3}).json()["detail"] == "$.input: expected str, got int"


def test_columns_picked_by_name_make_an_object(served: Serve, library: Library) -> None:
    replica = served("sklearn", library, "columns.joblib")
    expected = [pytest.approx(number) for number in library.expected("columns")]
    compare(replica, library.expected("people"), expected)
    answer = replica.post({"input": {"age": 3}})
    assert answer.status_code == 422
    assert "city" in answer.json()["detail"]


def test_rows_of_words_are_taken_as_json(served: Serve, library: Library) -> None:
    replica = served("sklearn", library, "cities.joblib")
    assert replica.ask(["Rom", "Rom"])["label"] == 1
    assert replica.ask(["Bern", "Rom"])["label"] == 0
    assert "zeros are refused" in replica.log


def test_another_version_is_written_to_the_log(served: Serve, library: Library) -> None:
    replica = served("sklearn", library, "old.joblib")
    assert replica.log.count("this model was made by scikit-learn 0.24.2 and runs on ") == 1
    assert "write scikit-learn==0.24.2 in requirements.txt" in replica.log


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("own.joblib", "own.joblib needs a class of the script that made it (Can't get attribute"),
        ("density.joblib", "the weights hold a DBSCAN, which has neither predict nor transform"),
        ("mapping.pkl", "the weights hold a dict, which has neither predict nor transform"),
        ("expected.json", "expected.json is no .joblib or .pkl or .pickle or .skops file"),
        ("boosted.skops", "skops does not know: xgboost.core.Booster, xgboost."),
    ],
)
def test_weights_that_cannot_be_used_are_refused(
    refusal: Refusal, library: Library, name: str, expected: str
) -> None:
    assert expected in refusal("sklearn", library.python, library.folder / name)


@pytest.mark.parametrize("name", ["m.pkl", "m.joblib", "m.skops"])
def test_what_is_broken_is_refused(
    refusal: Refusal, tables_python: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(b"nothing")
    reason = refusal("sklearn", tables_python, tmp_path / name)
    assert reason.startswith(f"scikit-learn cannot read {name}: ")


def test_types_that_skops_does_not_know_need_trust(served: Serve, library: Library) -> None:
    replica = served("sklearn", library, "boosted.skops", trust="pickle")
    expected = [close(answer) for answer in library.expected("boosted")]
    compare(replica, library.expected("rows"), expected)


def test_a_pickle_from_elsewhere_needs_trust(
    served: Serve, refusal: Refusal, library: Library
) -> None:
    pickled = library.folder / "margin.pkl"
    reason = refusal("sklearn", library.python, pickled, weights_local=False)
    assert reason.startswith("margin.pkl is a pickle from elsewhere")
    served("sklearn", library, "margin.pkl", weights_local=False, trust="pickle")
    served("sklearn", library, "named.skops", weights_local=False)


def test_a_package_that_the_pickle_needs_is_named(
    refusal: Refusal, library: Library, tmp_path: Path
) -> None:
    (tmp_path / "absent.py").write_text("class Absent: ...\n")
    program = "import absent, joblib; joblib.dump(absent.Absent(), 'absent.joblib')"
    make(library.python, tmp_path, program)
    reason = refusal("sklearn", library.python, tmp_path / "absent.joblib")
    expected = "absent.joblib needs the module absent, which is not installed: add it to "
    assert reason.startswith(expected)
