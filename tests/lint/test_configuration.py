from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from argosy.errors import LintConfigurationError
from argosy.lint.configuration import parse, read
from argosy.lint.configuration_shape import ThresholdsShape
from argosy.lint.project.facts import Facts, ServiceFacts, Thresholds
from argosy.lint.rule import rules
from argosy.lint.settings import Settings

YAML, TOML = Path(".argosy-lint.yaml"), Path("pyproject.toml")
WHOLE = """\
# comments are welcome
failure-threshold: error
exclude: [vendor, "*.example.yaml"]
ignores: {need-reason: true}
thresholds: {small-weights: 50MB, cold-start-headroom: 3}
facts:
  driver: 580
  compute-capability: 8.6
  cold-start: 90s
  services:
    chat: {cold-start: 3m, drain: 45s, memory-p99: 16GiB}
"""
WHOLE_TOML = """\
[project]
name = "desk"

[tool.argosy.lint]
failure-threshold = "error"
exclude = ["vendor", "*.example.yaml"]
ignores = {need-reason = true}

[tool.argosy.lint.thresholds]
small-weights = "50MB"
cold-start-headroom = 3

[tool.argosy.lint.facts]
driver = 580
compute-capability = 8.6
cold-start = "90s"
services.chat = {cold-start = "3m", drain = "45s", memory-p99 = "16GiB"}
"""


def mistakes(text: str, file: Path = YAML) -> list[str]:
    """What is wrong with a configuration, without the file's name."""
    with pytest.raises(LintConfigurationError) as caught:
        parse(text, file)
    return [str(one).partition(":")[2] for one in caught.value.problems]


@pytest.mark.parametrize(("text", "file"), [(WHOLE, YAML), (WHOLE_TOML, TOML)])
def test_yaml_and_toml_say_the_same(text: str, file: Path) -> None:
    assert parse(text, file) == Settings(
        exclude=("vendor", "*.example.yaml"),
        facts=Facts(
            580, 8.6, ServiceFacts(90.0), {"chat": ServiceFacts(180.0, 45.0, 16 * 1024**3)}
        ),
        thresholds=Thresholds(small_weights=50_000_000, cold_start_headroom=3.0),
        failure_threshold="error",
        ignores_need_reason=True,
    )


@pytest.mark.parametrize("text", ["", "# ignore: AI305\n\n", "ignores: {}\n"])
def test_a_file_that_says_nothing_changes_nothing(text: str) -> None:
    assert parse(text, YAML) == Settings()


def test_the_defaults_of_thresholds_are_those_of_the_rules() -> None:
    assert {one.name for one in fields(Thresholds)} == set(ThresholdsShape.model_fields)
    assert parse("thresholds: {}", YAML).thresholds == Thresholds()


def test_without_a_threshold_nothing_fails() -> None:
    assert parse("failure-threshold: none", YAML).failure_threshold is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fact: {}", "1:1: fact: unknown key. Did you mean facts?"),
        ("per_path: {}", "1:1: per_path: unknown key. Did you mean per-path?"),
        ("driver: 580", "1:1: driver: unknown key. It belongs under facts."),
        ("facts: {driver: '580'}", "1:17: facts.driver: must be a whole number, not `'580'`. "),
        ("facts: {cold-start: 90}", "1:21: facts.cold-start: `90` has no unit. Write 90s."),
        ("failure-threshold: fatal", "1:20: failure-threshold: must be one of error, warning, "),
        ("ignore:", "1:1: ignore: has no value. Give it one, or leave the key out."),
        ("ignore: AI998", "1:9: ignore: there is no rule `AI998`. "),
        ("severity: {no-such-rule: error}", "1:12: severity.no-such-rule: there is no rule "),
        ("[]", "1:1: a lint configuration is a mapping of keys. Write keys like"),
        ("a: [b", "1:4: this [ is never closed"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_next_step(text: str, expected: str) -> None:
    (line,) = mistakes(text)
    assert line.startswith(expected)


def test_mistakes_in_toml_have_their_lines() -> None:
    text = "[tool.other]\nselct = 1\n[tool.argosy.lint]\nselct = []\nfacts.driver = 1\n"
    assert mistakes(text, TOML) == [
        "4:1: selct: unknown key. Did you mean select?",
        "5:16: facts.driver: must be 300 to 9999, not `1`",
    ]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("[\n", "2:1: this is not TOML: invalid value"),
        ("[" * 5000, "1:1: this is not TOML: it is nested too deeply"),
        ("1" * 5000, "1:1: this is not TOML: a number has too many digits"),
    ],
)
def test_what_is_no_toml_is_told_with_its_place(value: str, told: str) -> None:
    (line,) = mistakes(f"[tool.argosy.lint]\nselect = {value}", TOML)
    assert line == f"{told}. Check its quotes and brackets."


@pytest.mark.parametrize(
    ("content", "what"), [(b"\xff", "the file is not UTF-8"), (None, "cannot be read")]
)
def test_a_file_that_cannot_be_read_is_misuse(
    tmp_path: Path, content: bytes | None, what: str
) -> None:
    file = tmp_path / ".argosy-lint.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(LintConfigurationError, match=what) as caught:
        read(file)
    assert caught.value.exit_code == 2


@pytest.mark.skipif(not rules(), reason="needs a rule to name")
def test_rules_are_named_by_code_start_of_a_code_or_slug() -> None:
    rule = rules()[0]
    settings = parse(
        f"select: [{rule.code}, {rule.slug}]\nseverity: {{AI: info, {rule.code}: 'off'}}\n", YAML
    )
    assert settings.select == (rule.code, rule.slug)
    assert settings.ignore == (rule.code,)
    assert set(settings.severities.values()) <= {"info"}
    assert rule.code not in settings.severities
