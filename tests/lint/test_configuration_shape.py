from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from argosy.errors import LintConfigurationError
from argosy.lint.configuration import parse
from argosy.lint.configuration_shape import (
    ConfigurationShape,
    FactsShape,
    IgnoresShape,
    LintShape,
    ServiceFactsShape,
    ThresholdsShape,
)
from argosy.lint.settings import Settings
from argosy.stack.schema import schema_of
from argosy.stack.shape import keys

FILE = Path(".argosy-lint.yaml")
SHAPES = (ConfigurationShape, IgnoresShape, ThresholdsShape, FactsShape, ServiceFactsShape)
SCHEMA = schema_of(ConfigurationShape, "Configuration")


def mistake(text: str) -> str:
    """The one thing that is wrong with a configuration, without its file and place."""
    with pytest.raises(LintConfigurationError) as caught:
        parse(text, FILE)
    (found,) = caught.value.problems
    return f"{found.path}: {found.what}. {found.next_step}".rstrip(". ")


def below(shape: type[LintShape], values: dict[str, Any]) -> dict[str, Any]:
    """The configuration in which a mapping of this shape has these values."""
    if shape is ServiceFactsShape:
        return {"facts": {"services": {"chat": values}}}
    names = {IgnoresShape: "ignores", ThresholdsShape: "thresholds", FactsShape: "facts"}
    return {names[shape]: values} if shape in names else values


@pytest.mark.parametrize(
    ("shape", "key"), [(shape, key) for shape in SHAPES for key in keys(shape)]
)
def test_every_key_has_a_meaning_and_an_example_that_holds(
    shape: type[LintShape], key: str
) -> None:
    field = keys(shape)[key]
    assert (field.description or "").endswith(".")
    assert field.examples
    told = below(shape, {key: field.examples[0]})
    assert ConfigurationShape.model_validate(told).model_fields_set
    jsonschema.validate(told, SCHEMA)


def test_keys_have_hyphens() -> None:
    written = [key for shape in SHAPES for key in keys(shape)]
    assert "failure-threshold" in written
    assert not [one for one in written if "_" in one]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select: AI998", "select: there is no rule `AI998`. `argosy lint --explain all`"),
        (
            "select: [AI1, no-log-rotatoin]",
            "select: there is no rule `no-log-rotatoin`. Did you mean no-log-rotation?",
        ),
        ("select: 'AI 305'", "select: `AI 305` is not a rule. Name rules by code"),
        ("select: []", "select: is empty. Leave the key out, or name rules by code"),
        ("ignore: [3]", "ignore: `3` is not a rule"),
        ("severity: {ai305x!: error}", "severity.ai305x!: is not the name of a rule"),
        ("severity: {AI998: error}", "severity.AI998: there is no rule `AI998`"),
        ("severity: {AI3: fatal}", "severity.AI3: must be one of error, warning, info, off"),
        ("failure-threshold: off", "failure-threshold: must be one of error, warning, info, none"),
        ("per-path: {'a/*': [AI998]}", "per-path.a/*: there is no rule `AI998`"),
        ("exclude: ['']", "exclude: `` is not a pattern. Write patterns like"),
        ("ignores: {allowed: maybe}", "ignores.allowed: must be true or false"),
        ("thresholds: {small-weights: 0MB}", "thresholds.small-weights: must be at least 1B"),
        ("thresholds: {gpu-memory-error: 1.5}", "thresholds.gpu-memory-error: must be 0 to 1"),
        ("thresholds: {memory-headroom: 0.9}", "thresholds.memory-headroom: must be 1 to 100"),
        ("thresholds: {drain: 30h}", "thresholds.drain: must be at most 24h"),
        ("facts: {driver: 299}", "facts.driver: must be 300 to 9999"),
        ("facts: {driver: 580.5}", "facts.driver: must be a whole number"),
        ("facts: {compute-capability: 21}", "facts.compute-capability: must be 3 to 20"),
        ("facts: {memory-p99: 1KiB}", "facts.memory-p99: must be at least 1MiB"),
        ("facts: {services: {'a b': {}}}", "facts.services.a b: is not the name of a service"),
        ("facts: {services: {a: {driver: 580}}}", "facts.services.a.driver: unknown key"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(text: str, expected: str) -> None:
    assert mistake(text).startswith(expected)


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("select: AI3", Settings(select=("AI3",))),
        ("exclude: vendor", Settings(exclude=("vendor",))),
        ("exclude: ['a b/*.y?ml', '[x]']", Settings(exclude=("a b/*.y?ml", "[x]"))),
        ("per-path: {'a b/*': no-cpu-limit}", Settings(per_path={"a b/*": ("no-cpu-limit",)})),
        ("severity: {AI302: 'off'}", Settings(ignore=("AI302",))),
    ],
)
def test_one_value_needs_no_list_and_patterns_may_be_anything(
    text: str, settings: Settings
) -> None:
    assert parse(text, FILE) == settings
    jsonschema.validate(YAML(typ="safe").load(text), SCHEMA)
