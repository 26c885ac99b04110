from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from argosy.compose_files.merging import merge_services
from argosy.compose_files.parsing import parse
from argosy.compose_files.tree import Value


def value(text: str) -> Value:
    return parse(text, Path("compose.yaml")).root


def plain(found: Value) -> Any:
    if found.mapping:
        return {key: plain(one) for key, one in found.mapping.items()}
    return [plain(one) for one in found.items] if found.items else found.text


@pytest.mark.parametrize(
    ("base", "over", "merged"),
    [
        ("image: a", "image: b", {"image": "b"}),
        ("command: [a, b]", "command: [c]", {"command": ["c"]}),
        ("expose: [1, 2]", "expose: [2, 3]", {"expose": ["1", "2", "3"]}),
        (
            "environment: [A=1, B=2]",
            "environment: {B: 3}",
            {"environment": {"A": "1", "B": "3"}},
        ),
        ("environment: [A=1]", "environment: [A=2, C]", {"environment": {"A": "2", "C": ""}}),
        ("volumes: [a:/x, b:/y]", "volumes: [c:/x]", {"volumes": ["c:/x", "b:/y"]}),
        ("ports: ['1:1']", "ports: !override ['2:2']", {"ports": ["2:2"]}),
        ("restart: always\nimage: a", "restart: !reset null", {"image": "a"}),
        ("healthcheck: {test: [a, b], retries: 1}", "healthcheck: {test: [c]}", {
            "healthcheck": {"test": ["c"], "retries": "1"}
        }),
    ],
)  # fmt: skip
def test_services_are_merged_as_compose_says(base: str, over: str, merged: dict[str, Any]) -> None:
    assert plain(merge_services(value(base), value(over))) == merged


def test_names_of_services_meet_their_conditions() -> None:
    over = "depends_on: {b: {condition: service_healthy}}"
    found = merge_services(value("depends_on: [a]"), value(over)).mapping["depends_on"]
    assert set(found.mapping) == {"a", "b"}
    assert found.below(("b", "condition")) is not None


def test_values_keep_their_places() -> None:
    found = merge_services(value("image: a\n"), value("\n\ncommand: b\n"))
    assert [one.place.line for one in found.mapping.values()] == [1, 3]
