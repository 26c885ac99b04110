"""A model's first revision has none before it: it is asked, and serves if it is good enough."""

from __future__ import annotations

import json

import httpx

from tests.scenarios.stack import StackUnderTest
from tests.waiting import until

MODELS = """
names:
  code: ./names
  probe: {suite: ./names.jsonl, PROBE}
"""
HALF_RIGHT = """
class Model:
    def predict(self, number: int) -> str:
        return "even" if number < 50 else "odd"
"""
RIGHT = """
import time

class Model:
    def predict(self, number: int) -> str:
        return ["even", "odd"][number % 2]
"""
SUITE = "".join(
    json.dumps({"input": number, "expected": ["even", "odd"][number % 2]}) + "\n"
    for number in range(100)
)


def written(stack: StackUnderTest, probe: str, model: str) -> None:
    stack.write(MODELS.replace("PROBE", probe), names__model=model)
    stack.put("names.jsonl", SUITE)


def test_without_a_wanted_accuracy_it_serves_and_says_how_good_it_is(
    stack: StackUnderTest,
) -> None:
    written(stack, "timeout: 5s", HALF_RIGHT)
    planned = stack.argosy("plan")
    assert "ask r1 its suite" in planned.out
    began = stack.up()
    assert "accuracy 0.500 (0.404 to 0.596 at 95 %, 100 items)" in began.out
    assert stack.call("names", 2).json() == {"output": "even"}
    shown = stack.argosy("rollout", "status", "names").out
    assert "r1, the first: accuracy 0.500" in shown
    assert "accuracy" not in stack.up().out  # it is no news


def test_below_the_wanted_accuracy_it_never_serves_until_a_better_one_comes(
    stack: StackUnderTest,
) -> None:
    written(stack, "accuracy: 0.9", HALF_RIGHT)
    refused = stack.argosy("up", "-d")
    assert refused.code == 1, refused.out
    assert "names did not become ready" in refused.err
    said = "accuracy 0.500 (0.404 to 0.596 at 95 %, 100 items) is below the 0.9"
    assert said in refused.err
    assert stack.model("names")["serving"] is None
    answer = httpx.post(f"{stack.url}/api/names", json={"input": 1}, timeout=10)
    assert answer.status_code == 503
    assert "is below the 0.9" in answer.text
    assert stack.argosy("up", "-d").code == 1  # it is asked once more

    stack.put("names/model.py", RIGHT)
    better = stack.up()
    assert "accuracy 1.000 (0.963 to 1.000 at 95 %, 100 items)" in better.out
    assert stack.call("names", 1).json() == {"output": "odd"}
    assert stack.argosy("rollout", "status", "names").out.startswith("names r2 serves")


def test_who_wants_it_all_the_same_asks_for_less(stack: StackUnderTest) -> None:
    written(stack, "accuracy: 0.9", HALF_RIGHT)
    assert stack.argosy("up", "-d").code == 1
    written(stack, "accuracy: 0.4", HALF_RIGHT)
    stack.up()
    assert stack.model("names")["serving"] == 1


def test_one_that_is_brought_down_while_it_is_asked_is_asked_anew(stack: StackUnderTest) -> None:
    written(stack, "accuracy: 0.9", RIGHT.replace("return", "time.sleep(0.1); return"))
    beginning = stack.start("up", "-d")
    until(lambda: asked(stack), "it is asked")
    assert stack.argosy("down").code == 0
    beginning.communicate(timeout=60)
    stack.up()
    assert stack.model("names")["serving"] == 1


def asked(stack: StackUnderTest) -> bool:
    """Whether the first revision is being asked."""
    shown = stack.argosy("ps", "--json")
    models = json.loads(shown.out)["models"] if shown.code == 0 else []
    return any(one["first"] and one["first"]["state"] == "asking" for one in models)
