"""Paths of companions in a file of another folder."""

from __future__ import annotations

from typing import Any

import pytest

from argosy.export.companions import placed


@pytest.mark.parametrize(
    ("written", "moved"),
    [
        ({"build": "."}, {"build": ".."}),
        ({"build": {"context": "./app"}}, {"build": {"context": "../app"}}),
        ({"build": "https://example.com/a.git"}, {"build": "https://example.com/a.git"}),
        ({"env_file": "app.env"}, {"env_file": "../app.env"}),
        (
            {"env_file": ["a", {"path": "./b"}, "/c"]},
            {"env_file": ["../a", {"path": "../b"}, "/c"]},
        ),
        ({"volumes": ["./a:/a:ro", "b:/b"]}, {"volumes": ["../a:/a:ro", "b:/b"]}),
        ({"volumes": ["/c:/c", "${D}:/d", "/e"]}, {"volumes": ["/c:/c", "${D}:/d", "/e"]}),
        ({"volumes": [{"source": "./a"}]}, {"volumes": [{"source": "../a"}]}),
        ({"image": "x", "command": ["./run"]}, {"image": "x", "command": ["./run"]}),
    ],
)
def test_relative_paths_lead_to_the_stack_files_folder(
    written: dict[str, Any], moved: dict[str, Any]
) -> None:
    assert placed(written, "..") == moved
