from __future__ import annotations

from argosy.nearest import nearest


def test_the_nearest_word_ignores_case_and_dashes() -> None:
    assert nearest("Start-Timeout", ("timeout", "start_timeout")) == "start_timeout"
    assert nearest("zebra", ("timeout",)) == ""
    assert nearest("AI4O9", ("AI101", "AI409")) == "AI409"
