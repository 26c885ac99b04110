"""The answer is JSON that fits a schema: what the item expects, or one for all in the options.

A text is read as JSON, also out of a fence. Schemas are those of json-schema.org; without
`$schema`, of draft 2020-12. A `$ref` leads to places inside of the schema alone.

    {"messages": [{"role": "user", "content": "a person, as JSON"}]}
    scorer: {json_schema: {schema: {type: object, required: [name]}}}

It needs `pip install 'argosy[scorers]'`.
"""

from __future__ import annotations

from typing import Any

from argosy.scorers.reading import json_text
from argosy.scorers.reading.options import CannotScore, Mapping
from argosy.scorers.reading.packages import needed

OPTIONS = {"schema": Mapping("The schema of all items, in place of `expected`.")}


def score(answer: object, expected: object, options: dict[str, Any]) -> float:
    """1 or 0."""
    return float(_fits(json_text.value(answer), options.get("schema", expected)))


def needs_expected(options: dict[str, Any]) -> bool:
    """A schema for all is enough."""
    return "schema" not in options


def wrong_options(options: dict[str, Any]) -> str:
    """A schema that is none."""
    return _wrong(options["schema"]) if "schema" in options else ""


def wrong_expected(expected: object, options: dict[str, Any]) -> str:
    """The same."""
    return "" if "schema" in options else _wrong(expected)


def prepare(options: dict[str, Any], folder: object) -> dict[str, Any]:  # noqa: ARG001
    """Says what is missing before the first item. Raises `ArgosyError`."""
    needed("jsonschema", "json_schema")
    return options


def _fits(value: object, schema: Any) -> bool:
    jsonschema = needed("jsonschema", "json_schema")
    referencing = needed("referencing", "json_schema")
    kind = jsonschema.validators.validator_for(schema, jsonschema.Draft202012Validator)
    try:
        return bool(kind(schema, registry=referencing.Registry()).is_valid(value))
    except referencing.exceptions.Unresolvable as error:
        raise CannotScore(f"the schema's $ref leads nowhere: {error}") from error
    except jsonschema.exceptions.UndefinedTypeCheck as error:
        raise CannotScore(f"the schema cannot be used: {error}") from error


def _wrong(schema: object) -> str:
    """Without the package nothing is said: `prepare` does."""
    if not isinstance(schema, dict | bool):
        return "must be a JSON schema, an object"
    try:
        import jsonschema  # noqa: PLC0415  of an extra
    except ImportError:
        return ""
    kind = jsonschema.validators.validator_for(schema, jsonschema.Draft202012Validator)
    try:
        kind.check_schema(schema)
    except jsonschema.exceptions.SchemaError as error:
        place = "/".join(map(str, error.absolute_path))
        return f"is no JSON schema: {f'{place}: ' if place else ''}{error.message}"
    return ""
