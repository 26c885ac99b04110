"""Plain data as YAML, with comments where a reader needs the why. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

WIDEST = 1 << 16  # a wrapped line changes more lines of a diff than its own
LISTED = ("ports", "volumes", "scrape_configs")  # an item a line, as people write them
UNSURE = re.compile(r"[0-9.:_-]+|y|n|yes|no|on|off", re.IGNORECASE)  # other than text in YAML 1.1


def text(data: Mapping[str, Any], head: str, comments: Mapping[tuple[str, ...], str]) -> str:
    """``head`` and the comments are without ``#``; a comment stands above the key of its path."""
    yaml = YAML()
    yaml.width = WIDEST
    yaml.indent(mapping=2, sequence=4, offset=2)
    root = _node(data, (), comments)
    written = StringIO()
    yaml.dump(root, written)
    lines = "".join(f"# {line}\n" if line else "#\n" for line in head.splitlines())
    return f"{lines}\n{written.getvalue()}"


def _node(value: Any, path: tuple[str, ...], comments: Mapping[tuple[str, ...], str]) -> Any:
    if isinstance(value, Mapping):
        node = CommentedMap()
        for key, one in value.items():
            below = (*path, str(key))
            node[key] = _node(one, below, comments)
            if comment := comments.get(below):
                node.yaml_set_comment_before_after_key(key, before=comment, indent=2 * len(path))
        return node
    if isinstance(value, list | tuple):
        items = CommentedSeq(_node(one, path, comments) for one in value)
        if path[-1] not in LISTED and not any(isinstance(one, Mapping) for one in value):
            items.fa.set_flow_style()
        return items
    if isinstance(value, str) and UNSURE.fullmatch(value):
        return DoubleQuotedScalarString(value)
    return value
