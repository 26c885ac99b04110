from __future__ import annotations

from typing import Any

from argosy.stack.schema import json_schema


def test_editors_are_told_the_words_a_variable_and_the_mapping() -> None:
    rollout: dict[str, Any] = json_schema()["$defs"]["ModelShape"]["properties"]["rollout"]
    words, variable, mapping = rollout["anyOf"]
    assert words["enum"] == ["development", "production"]
    assert "variable" in variable["description"]
    assert mapping == {"$ref": "#/$defs/RolloutShape"}
