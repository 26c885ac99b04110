from __future__ import annotations

import re
from typing import Any

from argosy.stack.schema import NAME, json_schema, shapes
from argosy_runner import engines


def test_every_mapping_of_the_file_is_found() -> None:
    assert list(shapes()) == [
        (),
        ("models", NAME),
        ("models", NAME, "resources"),
        ("models", NAME, "batch"),
        ("models", NAME, "limits"),
        ("models", NAME, "image"),
        ("models", NAME, "probe"),
        ("models", NAME, "rollout"),
        ("models", NAME, "rollout", "guard"),
        ("models", NAME, "rollout", "shadow"),
        ("gateway",),
        ("gateway", "limits"),
        ("gateway", "tls"),
        ("gateway", "cors"),
        ("gateway", "log"),
    ]


def test_every_key_has_a_meaning_and_an_example() -> None:
    for path, shape in shapes().items():
        for key, field in shape.model_fields.items():
            assert field.description, (*path, key)
            assert field.examples, (*path, key)


def test_every_mapping_is_closed_but_for_extensions() -> None:
    schema = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for mapping in (schema, *schema["$defs"].values(), schema["properties"]["models"]):
        assert mapping["additionalProperties"] is False
        assert "^x-" in mapping["patternProperties"]


def test_editors_are_told_kinds_words_defaults_and_variables() -> None:
    model = json_schema()["$defs"]["ModelShape"]["properties"]
    assert model["engine"]["anyOf"][0] == {"type": "string", "enum": list(engines.names())}
    assert model["engine"]["default"] == "python"
    assert model["timeout"]["default"] == "30s"
    assert model["replicas"]["anyOf"][0] == {"type": "integer", "minimum": 0, "maximum": 1000}
    assert "default" not in model["python"]
    for key in ("engine", "timeout", "replicas", "python"):
        assert re.search(model[key]["anyOf"][1]["pattern"], "${NAME}")
        assert model[key]["description"]


def test_a_key_without_a_value_is_refused_by_the_schema_too() -> None:
    assert "null" not in str(json_schema())


def test_models_are_known_by_their_pattern() -> None:
    models: dict[str, Any] = json_schema()["properties"]["models"]
    (pattern,) = set(models["patternProperties"]) - {"^x-"}
    assert [bool(re.search(pattern, name)) for name in ("a-b", "x-a", "A")] == [True, False, False]
    assert models["minProperties"] == 1
    assert json_schema()["required"] == ["models"]
