from __future__ import annotations

import pytest

from argosy.scorers.reading.json_text import value
from argosy.scorers.reading.options import CannotScore


def test_a_text_is_parsed_and_anything_else_stays() -> None:
    assert value('{"a": 1}') == {"a": 1}
    assert value(['{"a": 1}']) == {"a": 1}
    assert value('So:\n```json\n{"a": 1}\n```') == {"a": 1}
    assert value({"a": 1}) == {"a": 1}
    assert value(None) is None


@pytest.mark.parametrize("written", ["", "a", "{'a': 1}", "NaN", "```\n1\n```\n```\n2\n```"])
def test_what_is_no_json_cannot_be_scored(written: str) -> None:
    with pytest.raises(CannotScore, match="no JSON"):
        value(written)
