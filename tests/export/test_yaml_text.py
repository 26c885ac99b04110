"""Data as YAML that people and every reader of YAML understand."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from argosy.export.yaml_text import text

DATA = {"a": {"b": [1, "x"], "ports": ["1:2"], "c": {}}, "d": "no", "e": "10:20", "f": "${X:-y}"}


def test_comments_stand_above_their_keys() -> None:
    assert text(DATA, "Head.\n\nMore.", {("a", "c"): "Why."}) == (
        "# Head.\n#\n# More.\n\n"
        'a:\n  b: [1, x]\n  ports:\n    - "1:2"\n  # Why.\n  c: {}\n'
        'd: "no"\ne: "10:20"\nf: ${X:-y}\n'
    )


@pytest.mark.parametrize("version", [(1, 1), (1, 2)])
def test_every_version_of_yaml_reads_the_same(version: tuple[int, int]) -> None:
    yaml = YAML(typ="safe", pure=True)
    yaml.version = version
    assert yaml.load(text(DATA, "", {})) == DATA
