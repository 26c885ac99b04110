from __future__ import annotations

import pytest

from argosy.scorers.reading.texts import fold, text, words


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a", "a"),
        (None, ""),
        (4, "4"),
        (4.0, "4.0"),
        (True, "true"),
        (["a"], "a"),
        ([], "[]"),
        ([1, 2], "[1, 2]"),
        ({"ä": None}, '{"ä": null}'),
    ],
)
def test_a_value_is_written_as_people_write_it(value: object, written: str) -> None:
    assert text(value) == written


def test_what_means_the_same_is_folded() -> None:
    assert fold("Ｆｕｌｌ\u00a0Width  ﬁ ‘q’ −1") == "full width fi 'q' -1"
    assert fold("4² H₂O") == "4² h₂o"
    assert fold("US", case=True) == "US"


def test_words_keep_what_changes_their_meaning() -> None:
    assert words("It can't be -4.5%, 1/2 or C!") == ["it", "can't", "be", "-4.5%", "1/2", "or", "c"]
    assert words("3-4") == ["3", "-", "4"]
    assert words("大熊猫 panda") == ["大", "熊", "猫", "panda"]
    assert words("हिन्दी") == ["हिन्दी"]
    assert words(" ?! ") == []
