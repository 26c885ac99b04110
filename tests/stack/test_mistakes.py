from __future__ import annotations

import pytest

from tests.stack.conftest import Mistakes


@pytest.mark.parametrize(
    ("key", "step"),
    [
        ("replcas", "Did you mean replicas?"),
        ("startTimeout", "Did you mean start_timeout?"),
        ("memory", "It belongs under models.<name>.resources."),
        ("listen", "It belongs under gateway."),
        ("platform", "It belongs at the top of the file."),
        ("gpus", "It belongs under models.<name>.resources."),
        ("gpu_memory", "It is not available in this version."),
        ("suite", "It belongs under models.<name>.probe."),
        ("zzz", "Known here: engine, code, weights, options, trust, command, python, replicas, "),
    ],
)
def test_an_unknown_key_leads_to_the_one_that_was_meant(
    mistakes: Mistakes, key: str, step: str
) -> None:
    (line,) = mistakes(f"models:\n  a: {{code: code, {key}: 1}}")
    assert line.startswith(f"2:19: models.a.{key}: unknown key. {step}")


@pytest.mark.parametrize("value", ["", "null", "~", "&a"])
@pytest.mark.parametrize("key", ["timeout", "python", "resources", "batch", "env", "weights"])
def test_a_key_without_a_value_is_refused(mistakes: Mistakes, key: str, value: str) -> None:
    assert mistakes(f"models:\n  a:\n    code: code\n    {key}: {value}") == [
        f"4:5: models.a.{key}: has no value. Give it one, or leave the key out."
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("models: a", "1:9: models: must be a mapping of keys, not `a`. "),
        ("models: [a]", "1:9: models: must be a mapping of keys, not a list. "),
        ("models: {a: ./a}", "1:13: models.a: must be a mapping of keys, not `./a`. "),
        ("models: {a: }", "1:10: models.a: has no value. "),
        ("models: {a: {code: code, batch: 64}}", "1:33: models.a.batch: must be a mapping of keys"),
        ("models: {a: {code: code, env: [A=1]}}", "1:31: models.a.env: must be a mapping of keys"),
    ],
)
def test_another_form_where_a_mapping_stands_is_refused_with_an_example(
    mistakes: Mistakes, text: str, expected: str
) -> None:
    (line,) = mistakes(text)
    assert line.startswith(expected)


def test_a_required_key_is_named_at_its_mapping(mistakes: Mistakes) -> None:
    assert mistakes("models:\n  a:\n    code: code\n    batch: {max_delay: 3}") == [
        "4:5: models.a.batch: needs the key max_size. Write it like `max_size: 64`.",
        "4:24: models.a.batch.max_delay: `3` has no unit. Write 3s.",
    ]


def test_an_unknown_key_is_named_even_if_its_value_is_wrong_too(mistakes: Mistakes) -> None:
    lines = mistakes('models: {a: {code: code, replcas: "${N}"}}')
    assert [line.split(": ", 2)[2][:11] for line in lines] == ["unknown key", "the variabl"]


def test_a_key_that_looks_like_a_mark_of_pydantic_is_only_unknown(mistakes: Mistakes) -> None:
    lines = mistakes('"[key]": 1\nmodels: {a: {code: code, env: {"[key]": true}}}')
    assert lines[0].startswith("1:1: [key]: unknown key.")
