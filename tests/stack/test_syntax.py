"""Malformed YAML, as people write it."""

from __future__ import annotations

import pytest

from tests.stack.conftest import Mistakes


@pytest.mark.parametrize(
    ("text", "at", "what"),
    [
        ("models:\n\ta: {code: code}", "2:1", "a tab is used for indentation"),
        ("models\n  a: {code: code}", "1:1", "a `:` is missing in this line"),
        ("models:\n  a:\n    code code\n    replicas: 2", "4:13", "a `:` is not expected here"),
        ("models:\n  a:\n    code: x\n   replicas: 2", "4:4", "the indentation does not fit"),
        ("models:\n  a: {code: x", "2:6", "this { is never closed"),
        ("models:\n  a: {code: x\n  b: 1", "2:6", "this { is never closed"),
        ("name: [a", "1:7", "this [ is never closed"),
        ("name: 'desk\nmodels:", "1:7", "this quote is never closed"),
        ('name: "a\\qb"', "1:10", "a quoted text cannot hold this"),
        ("name: a: b", "1:8", "a `:` is not expected here"),
        ("name: @desk", "1:7", "this character cannot start a value"),
        ("name: *desk", "1:7", "no anchor of this name stands above"),
        ("name: a\n---\nname: b", "2:1", "a second document begins here"),
        ("name: !secret a\nmodels: {a: {code: code}}", "1:7", "YAML tags have no meaning"),
        ("gateway: {listen: ${AT}}", "1:19", "a variable inside { } or [ ] must be in quotes"),
        ("gateway:\n  listen: [::1]:80", "2:11", "text that starts with [ must be in quotes"),
        ("name: \x07", "1:7", "the character 0x0007 is not allowed"),
        ("- a\n- b", "1:1", "a stack file is a mapping of keys"),
        ("just text", "1:1", "a stack file is a mapping of keys"),
        ("[" * 5000, "1:61", "this is nested too deeply"),
    ],
)
def test_malformed_yaml_is_explained_in_plain_words_where_it_is(
    mistakes: Mistakes, text: str, at: str, what: str
) -> None:
    line = mistakes(text)[0]
    assert line.startswith(f"{at}: ")
    assert what in line
