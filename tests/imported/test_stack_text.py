from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from argosy.imported.stack_text import write
from argosy.stack.document import Keys

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(["yes", "1:30", "~", "- a", "a: b", "a #b", "0x1", "1_0", "'", '"', "${A:-b}"]),
)
SCALARS = st.one_of(TEXTS, st.integers(-(10**9), 10**9), st.booleans())
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=3))
def test_yaml_reads_back_what_was_written(values: dict[str, Any]) -> None:
    assert YAML(typ="safe", pure=True).load(write(values, {})) == values


def test_texts_of_several_lines_stay_readable() -> None:
    values = {"services": {"a": {"command": "set -e\nrun\n", "list": ["x\ny"]}}}
    assert write(values, {}) == (
        "services:\n  a:\n    command: |\n      set -e\n      run\n    list:\n      - |-\n"
        "        x\n        y\n"
    )


def test_comments_stand_above_their_keys_or_the_nearest_there_is() -> None:
    values = {"models": {"a": {"engine": "vllm", "weights": "./w"}}}
    comments: dict[Keys, list[str]] = {
        ("models", "a", "weights"): ["download it"],
        ("models", "a", "gone"): ["was here"],
    }
    assert write(values, comments) == (
        "models:\n  # was here\n  a:\n    engine: vllm\n    # download it\n    weights: ./w\n"
    )


def test_short_mappings_stand_on_one_line() -> None:
    values = {"models": {"a": {"resources": {"cpus": 1, "memory": "1GiB"}}}}
    assert "    resources: {cpus: 1, memory: 1GiB}\n" in write(values, {})
