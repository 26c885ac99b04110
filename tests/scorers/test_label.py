from __future__ import annotations

import pytest

from tests.scorers.scoring import scored, value, wrong_expected

SCORED = [{"label": "cat", "score": 0.2}, {"label": "dog", "score": 0.7}, {"label": "owl"}]


@pytest.mark.parametrize(
    "answer",
    [
        "dog",
        " Dog.",
        {"label": "dog", "score": 0.7},
        {"dog": 0.7, "cat": 0.3},
        ["dog", "cat"],
        SCORED[:2],
        [SCORED[:2]],
        [{"label": "dog"}, {"label": "cat"}],
    ],
)
def test_the_first_label_counts(answer: object) -> None:
    assert value("label", answer, "dog") == 1
    assert value("label", answer, "cat") == 0


def test_the_first_k_labels_count() -> None:
    answer = {"a": 0.1, "b": 0.5, "c": 0.4}
    assert [value({"label": {"k": 2}}, answer, one) for one in "abc"] == [0, 1, 1]


def test_a_list_of_scores_is_one_of_classes_by_number_or_by_name() -> None:
    assert value("label", [0.1, 0.8, 0.1], 1) == 1
    assert value("label", [[0.1, 0.8, 0.1]], 1) == 1
    assert value({"label": {"labels": ["cat", "dog"]}}, [0.1, 0.9], "dog") == 1
    assert value({"label": {"labels": ["cat", "dog"]}}, 1, "Dog") == 1
    assert value("label", [1.0], 1) == 1


def test_a_list_of_whole_numbers_is_one_of_labels() -> None:
    assert value("label", [7, 9], 7) == 1
    assert value("label", [7, 9], 1) == 0


def test_the_label_may_stand_elsewhere() -> None:
    assert value({"label": {"field": "class"}}, {"class": "dog", "label": "x"}, "dog") == 1


def test_a_label_inside_another_is_none() -> None:
    assert value("label", "hotdog", "dog") == 0
    assert value("label", "14", 4) == 0


def test_an_object_without_a_label_scores_nothing_and_says_why() -> None:
    assert "neither `label`" in scored("label", {"a": "b"}, "b").reason


@pytest.mark.parametrize("expected", [None, True, [], "", 1.5])
def test_what_is_no_label_cannot_be_expected(expected: object) -> None:
    assert wrong_expected("label", expected)


def test_a_label_that_there_is_not_cannot_be_expected() -> None:
    assert "none of the labels" in wrong_expected({"label": {"labels": ["a", "b"]}}, "c")
