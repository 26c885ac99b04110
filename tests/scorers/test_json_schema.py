from __future__ import annotations

from tests.scorers.scoring import scored, value, wrong_expected

PERSON = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


def test_an_answer_fits_the_schema_of_its_item_or_of_all() -> None:
    assert value("json_schema", {"name": "Ada"}, PERSON) == 1
    assert value("json_schema", '{"name": "Ada"}', PERSON) == 1
    assert value("json_schema", {"name": 1}, PERSON) == 0
    assert value({"json_schema": {"schema": PERSON}}, {"name": "Ada"}, None) == 1
    assert wrong_expected({"json_schema": {"schema": PERSON}}, None, given=False) == ""


def test_a_text_that_is_no_json_fits_nothing() -> None:
    assert "no JSON" in scored("json_schema", "Ada", PERSON).reason


def test_a_schema_that_is_none_is_a_mistake() -> None:
    assert "is no JSON schema: type: " in wrong_expected("json_schema", {"type": "objekt"})
    assert wrong_expected("json_schema", "object")


def test_nothing_is_fetched() -> None:
    found = scored("json_schema", {}, {"$ref": "http://127.0.0.1:9/schema.json"})
    assert "$ref leads nowhere" in found.reason
