from __future__ import annotations

import pytest

from argosy.lint.project.ignored import is_ignored


@pytest.mark.parametrize(
    ("lines", "ignored", "kept"),
    [
        (["*.pt"], ["a.pt"], ["m/a.pt"]),
        (["**/*.pt"], ["a.pt", "m/a.pt"], ["a.ptx"]),
        (["models/"], ["models", "models/a"], ["src/models/a"]),
        (["/models"], ["models/a"], ["amodels"]),
        (["./models/../data"], ["data/a"], ["models/a"]),
        (["m?"], ["ma/x"], ["m", "mab"]),
        (["*", "!src", "src/*.md"], ["a", "src/a.md"], ["src/a.py"]),
        (["# a", " ", "."], [], ["a", "# a"]),
        (["a[0-9]"], ["a1"], ["ab"]),
        (["a[", "b(c"], ["b(c"], ["a"]),
    ],
)
def test_the_last_line_that_fits_decides(
    lines: list[str], ignored: list[str], kept: list[str]
) -> None:
    assert [one for one in (*ignored, *kept) if is_ignored(one, lines)] == ignored
