"""`argosy probe`: how good the answers of what serves are."""

from __future__ import annotations

import json

import pytest

from tests.scenarios.stack import StackUnderTest

SUMS = """
class Model:
    def predict(self, text: str) -> str:
        return f"It is {eval(text)}."

    def chat(self, messages, **options):
        yield f"It is {eval(messages[-1]['content'])}."
"""
MODELS = """
sums:
  code: ./sums
  replicas: 2
  probe: {suite: ./sums.jsonl, scorer: contains, accuracy: 0.6, timeout: 10s}
mute: {code: ./sums}
"""
SUITE = """\
{"input": "2 + 2", "expected": 4, "tags": ["easy"]}
{"input": "7 + 7", "expected": 4}
{"messages": [{"role": "user", "content": "1 + 3"}], "expected": 4, "tags": ["easy"]}
"""


@pytest.mark.on_every_platform
def test_a_model_is_asked_and_its_answers_are_scored(stack: StackUnderTest) -> None:
    stack.write(MODELS, sums__model=SUMS)
    stack.put("sums.jsonl", SUITE)
    before = stack.argosy("probe", "sums")
    assert before.code == 1
    assert "this stack is not running. Start it with `argosy up`." in before.err
    stack.up()
    found = stack.argosy("probe", "sums")
    assert found.code == 0, found.err
    assert found.out.splitlines()[0] == '  0.00  2: expected 4, got "It is 14."'
    assert "easy         1.000 (0.342 to 1.000 at 95 %, 2 items)" in found.out
    assert "sums: accuracy 0.667 (0.208 to 0.939 at 95 %, 3 items), at least" in found.out
    assert "3 of 3 asked" in found.err
    whole = json.loads(stack.argosy("probe", "sums", "--json").out)
    assert [item["score"] for item in whole["items"]] == [1, 0, 1]


def test_less_than_is_wanted_is_a_failure_and_mistakes_are_explained(stack: StackUnderTest) -> None:
    stack.write(MODELS, sums__model=SUMS)
    stack.put("sums.jsonl", SUITE)
    stack.up()
    stack.write(MODELS.replace("0.6", "0.9"))
    low = stack.argosy("probe", "sums")
    assert low.code == 1
    assert "below the 0.9 wanted" in low.out
    for arguments, said in (
        (["nobody"], "test has no model 'nobody'"),
        (["."], "no model is named"),
        (["mute"], "the model mute has no questions"),
    ):
        wrong = stack.argosy("probe", *arguments)
        assert wrong.code == 2
        assert said in wrong.err
    stack.put("sums.jsonl", '{"input": 1}\n{"inptu": 1}\n')
    broken = stack.argosy("probe", "sums")
    assert broken.code == 1
    assert "sums.jsonl:1:1: the scorer contains needs `expected`" in broken.err
    assert "sums.jsonl:2:2: inptu: unknown key. Did you mean input?" in broken.err
    stack.put("sums.jsonl", SUITE)
    stack.argosy("scale", "sums=0")
    gone = stack.argosy("probe", "sums")
    assert gone.code == 1
    assert "sums: no replica is ready. See `argosy ps`." in gone.err
