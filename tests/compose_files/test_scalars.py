from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from argosy.compose_files import scalars


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("on", "on"), ("yes", "yes"), ("true", True), ("FALSE", False), ("~", None), ("", None),
        ("12", 12), ("3.10", 3.1), ("0x1F", 31), ("0o17", 15), ("1_000", 1000), ("1e3", 1000.0),
        ("1:30", "1:30"), ("8080:80", "8080:80"), ("2024-01-01", "2024-01-01"), ("_1", "_1"),
        ("-", "-"), (".", "."), ("<<", "<<"), ("=", "="), ("1.2.3", "1.2.3"),
    ],
)  # fmt: skip
def test_a_plain_text_means_what_yaml_says(text: str, meant: object) -> None:
    found = scalars.plain(text)
    assert (found, type(found)) == (meant, type(meant))


@given(st.from_regex(r"[0-9]{1,9}|[0-9]{1,5}\.[0-9]{1,5}|0x[0-9a-f]{1,6}", fullmatch=True))
def test_numbers_are_those_of_a_yaml_library(text: str) -> None:
    assert scalars.plain(text) == YAML(typ="safe", pure=True).load(text)


def test_a_tag_says_what_a_text_is() -> None:
    assert scalars.tagged("12", "tag:yaml.org,2002:str") == "12"
    assert scalars.tagged("12", "tag:yaml.org,2002:float") == 12
    assert scalars.tagged("yes", "tag:yaml.org,2002:bool") is True
    assert scalars.tagged("x", "tag:yaml.org,2002:null") is None
    with pytest.raises(ValueError, match="x"):
        scalars.tagged("x", "tag:yaml.org,2002:int")


def test_tags_of_others_are_not_known() -> None:
    assert scalars.is_known("tag:yaml.org,2002:int")
    assert not scalars.is_known("!vault")
    assert not scalars.is_known("tag:yaml.org,2002:binary")
