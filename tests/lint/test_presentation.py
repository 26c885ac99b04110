from __future__ import annotations

from pathlib import Path

from tests.lint.reports import HERE


def test_people_read_paths_from_where_they_are() -> None:
    assert HERE.near(Path("a/compose.yaml")) == "a/compose.yaml"
    assert HERE.near(Path("/work/stack/./a/../compose.yaml")) == "compose.yaml"
    assert HERE.near(Path("../other/compose.yaml")) == "/work/other/compose.yaml"


def test_programs_read_paths_from_the_root_of_the_repository() -> None:
    assert HERE.in_repository(Path("a/compose.yaml")) == "stack/a/compose.yaml"
    assert HERE.in_repository(Path("../other/compose.yaml")) == "other/compose.yaml"
    assert HERE.in_repository(Path("/elsewhere/compose.yaml")) == "/elsewhere/compose.yaml"


def test_addresses_are_encoded() -> None:
    assert HERE.address(Path("a b#.yaml")) == "stack/a%20b%23.yaml"
    assert HERE.address(Path("/else where")) == "file:///else%20where"
