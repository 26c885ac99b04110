from __future__ import annotations

from pathlib import Path

import pytest

from argosy.stack.document import Form, number, read
from tests.stack.conftest import Mistakes

FILE = Path("argosy.yaml")


def test_values_are_those_of_yaml_1_2() -> None:
    text = "a: 010\nb: 0o10\nc: yes\nd: 1:20\ne: 2020-01-01\nf: '1'\ng: true\nh: ~\ni: 1e3"
    values = {"a": 10, "b": 8, "c": "yes", "d": "1:20", "e": "2020-01-01", "f": "1", "g": True}
    assert read(text, FILE, {}).data == {**values, "h": None, "i": 1000.0}


def test_each_value_has_its_place_whichever_alias_leads_there() -> None:
    text = "x-a: &a\n  cpus: &c 1\nb: *a\nc: {<<: *a}\n"
    places = read(text, FILE, {}).places
    for path in (("b", "cpus"), ("c", "cpus")):
        assert text[places[path].key :].startswith("cpus")
        assert places[path].written == "1"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-1", -1),
        ("1_000", 1000),
        ("0x1F", 31),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1e3),
    ],
)
def test_a_number_in_a_variable_is_read_as_yaml_reads_it(text: str, value: float) -> None:
    assert number(text) == value


@pytest.mark.parametrize("text", ["", "two", "1s", "1 2", "0x", "--1", "_", "9" * 5000])
def test_other_text_is_no_number(text: str) -> None:
    assert number(text) is None


def test_a_key_given_twice_names_both_lines(mistakes: Mistakes) -> None:
    text = "models:\n  a: {code: code}\n\n  a:\n    code: code\n"
    assert mistakes(text) == [
        "4:3: models.a: this key is given twice; the first stands in line 2. Keep one of them."
    ]


def test_a_merged_key_may_be_given_again(mistakes: Mistakes) -> None:
    text = "x-a: &a {code: cod}\nmodels: {a: {<<: *a, code: code, replicas: -1}}"
    assert len(mistakes(text)) == 1


def test_a_missing_variable_is_found_inside_of_a_text(mistakes: Mistakes) -> None:
    text = (
        "models:\n  a:\n    code: code\n    env:\n"
        '      A: |\n        x ${HOST}\n      B: "\\t $${NO} ${PORT}"'
    )
    assert [line.split(": the variable")[0] for line in mistakes(text)] == [
        "6:11: models.a.env.A",
        "7:21: models.a.env.B",
    ]


@pytest.mark.parametrize(
    "text",
    ["a: &a {b: *a}", "a: &a {<<: *a}", "a: &a [*a]", "a: &a {b: &b {<<: *a}, c: {<<: *b}}"],
)
def test_an_anchor_that_contains_itself_is_refused(text: str) -> None:
    assert "cannot contain its own alias" in str(read(text, FILE, {}).problems[0])


def test_a_long_chain_of_anchors_is_refused() -> None:
    links = [f"a{n}: &a{n} {{b: *a{n - 1}}}" for n in range(1, 200)]
    problems = read("\n".join(["a0: &a0 {b: 1}", *links]), FILE, {}).problems
    assert "nested too deeply" in str(problems[0])


def test_keys_are_words(mistakes: Mistakes) -> None:
    lines = mistakes("? [a, b]\n: 1\n1: 2\nmodels: {a: {code: code}}")
    assert lines[0] == "1:3: a key must be a word. Write `key: value`."
    assert lines[1].startswith("3:1: 1: unknown key.")


def test_another_kind_of_file_is_named_as_that() -> None:
    form = Form("Compose file", if_no_mapping="Write services.", tags=frozenset({"!reset"}))
    assert str(read("- a", FILE, None, form).problems[0]).endswith(
        "a Compose file is a mapping of keys. Write services."
    )
    document = read("a: !reset null\nb: ${B}\n", FILE, None, form)
    assert document.tagged == {("a",): "!reset"}
    assert document.data["b"] == "${B}"
