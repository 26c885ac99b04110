"""A revision against itself shows how much its answers vary, and rollouts tell of it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.scenarios.stack import StackUnderTest

MODELS = """
echo:
  code: ./echo
  drain: 1s
  probe: {suite: ./echo.jsonl, timeout: 10s}
  rollout: {margin: 0.05}
"""
MODEL = """
import itertools


class Model:
    said = itertools.count()

    def predict(self, value):
        if value == "1":
            return "0" if next(self.said) % 2 else "1"
        return value
"""
SUITE = "".join(f'{{"input": "{one}", "expected": "{one}"}}\n' for one in range(200))
SENTENCE = (
    "r1 differs from itself on 0.5 % of 200 items (at most 2.35 %): to show a margin of 0.05,"
)


def test_what_a_revision_differs_from_itself_is_told_where_a_margin_is(
    stack: StackUnderTest,
) -> None:
    stack.write(MODELS, echo__model=MODEL)
    stack.put("echo.jsonl", SUITE)
    stack.up()
    assert json.loads(stack.argosy("rollout", "status", "echo", "--json").out)["noise"] is None
    found = stack.argosy("probe", "echo", "--against", "r1")
    assert SENTENCE in found.out
    assert "margin is below" not in found.out
    status = stack.argosy("rollout", "status", "echo")
    assert f"noise       {SENTENCE}" in status.out
    stack.write(MODELS.replace("0.05", "0.004"), echo__model=MODEL)
    asked = json.loads(stack.argosy("probe", "echo", "--against", "r1", "--json").out)
    assert asked["noise"]["hides_margin"] is True
    assert asked["noise"]["differing"] == 1

    stack.write(MODELS, echo__model=f"{MODEL}# again")
    planned = stack.argosy("plan")
    assert "200 items, margin 0.05 (needs 90 at least, about " in planned.out
    assert " where 0.5 % differ by chance)" in planned.out
    stack.up()
    told = stack.argosy("rollout", "status", "echo", "--json")
    whole = json.loads(told.out)
    (report,) = whole["reports"]
    assert SENTENCE in Path(report).read_text()
    shown = stack.argosy("rollout", "status", "echo").out
    for one in whole["flips"]:
        assert f"{one['item']}: expected {one['expected']}, was {one['before']}" in shown

    stack.put("echo.jsonl", SUITE.replace('"199"', '"200"'))
    stack.up()
    assert "noise" not in stack.argosy("rollout", "status", "echo").out
