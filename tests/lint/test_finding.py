from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.finding import At, Finding


@pytest.mark.parametrize(
    ("what", "next_step", "message"),
    [
        ("`a` has no limit", "Set one.", "`a` has no limit. Set one."),
        ("It ends.", "Mend it.", "It ends. Mend it."),
        ("`a` has no limit", "", "`a` has no limit"),
    ],
)
def test_one_text_says_what_is_wrong_and_what_to_do(
    what: str, next_step: str, message: str
) -> None:
    assert Finding(At(Path("a"), 0, 0), what, next_step).message == message
