"""The model `names` and its releases: each revision says its version in every answer."""

from __future__ import annotations

import http.client
import itertools
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from argosy.supervisor.client import Client
from argosy.supervisor.rollouts.stored import Decided
from tests.scenarios.stack import Load, StackUnderTest, aside, kill

ITEMS = 200
MODELS = """
names:
  code: ./names
  weights: ./names.json
  timeout: 2s
  drain: {drain}
  probe: {{suite: ./suite.jsonl, scorer: contains, timeout: 2s}}
  rollout: {{steps: [10, 50, 100], hold: {hold}, margin: 0.05}}
"""
MODEL = """
import json, os, time

class Model:
    def load(self, weights):
        self.names = json.loads(weights.read_text())

    def predict(self, text):
        {before}
        return f"{{self.names.get(text, text)}}|{version}"
"""
SLOW = "time.sleep(0.02 if text in self.names else 0)"
NAMES = {str(number): f"name {number}" for number in range(ITEMS)}
SUITE = [{"input": key, "expected": name} for key, name in NAMES.items()]
WORSE = {
    "weights corrupted": {key: name[: 4 + int(key) % 4] for key, name in NAMES.items()},
    "labels shifted": {key: f"name {int(key) + 1}" for key in NAMES},
}


def write(
    stack: StackUnderTest,
    version: str,
    *,
    before: str = "pass",
    hold: str = "200ms",
    drain: str = "1s",
) -> None:
    """A revision with right names, which says its version in every answer."""
    models = MODELS.format(hold=hold, drain=drain)
    stack.write(models, names__model=MODEL.format(version=version, before=before))
    put_names(stack, NAMES)
    put_suite(stack, SUITE)


def put_names(stack: StackUnderTest, names: dict[str, str]) -> None:
    stack.put("names.json", json.dumps(names))


def put_suite(stack: StackUnderTest, items: list[dict[str, str]]) -> None:
    stack.put("suite.jsonl", "".join(json.dumps(item) + "\n" for item in items))


def load(stack: StackUnderTest) -> Load:
    return Load(f"{stack.url}/api/names", apart=True)


def by_version(answers: list[Any]) -> set[str]:
    return {answer.split("|")[1] for answer in answers}


def rollout(status: dict[str, Any]) -> dict[str, Any]:
    """The one under way; empty while there is none."""
    return next(one for one in status["models"] if one["name"] == "names")["rollout"] or {}


def is_proving(status: dict[str, Any]) -> bool:
    return bool(rollout(status).get("verdict") == "proving")


def has(weight: float) -> Callable[[dict[str, Any]], bool]:
    return lambda status: rollout(status).get("weight") == weight


def decide(stack: StackUnderTest, what: Decided) -> None:
    with Client((stack.folder / "argosy.yaml").resolve()) as client:
        client.roll("names", what)


def outcomes(stack: StackUnderTest) -> list[str]:
    """Of all rollouts, newest first."""
    told = json.loads(stack.argosy("rollout", "status", "names", "--json").out)
    return [one["outcome"] for one in told["rollouts"]]


def most_seen(stack: StackUnderTest) -> float:
    """The largest share of the traffic that the last rollout gave its revision."""
    told = json.loads(stack.argosy("rollout", "status", "names", "--json").out)
    return max((one["weight"] for one in told["rollouts"][0]["shifts"]), default=0)


def callers(stack: StackUnderTest, count: int) -> dict[str, str]:
    """Which version each of so many callers gets, by the address that it calls from."""

    def ask(address: str) -> str:
        connection = http.client.HTTPConnection(
            "127.0.0.1", stack.port, timeout=30, source_address=(address, 0)
        )
        connection.request("POST", "/api/names", json.dumps({"input": "x"}))
        answer = json.load(connection.getresponse())["output"]
        connection.close()
        return str(answer).split("|")[1]

    places = itertools.product(range(1, 255), range(1, 255))
    addresses = [f"127.2.{a}.{b}" for b, a in itertools.islice(places, count)]
    with ThreadPoolExecutor(4) as threads:
        return dict(zip(addresses, threads.map(ask, addresses), strict=True))


async def goes_on_after_a_kill(
    stack: StackUnderTest, reached: Callable[[dict[str, Any]], bool]
) -> None:
    """A release whose supervisor is killed once this is reached still takes over, under load."""
    write(stack, "v1", hold="2s")
    await aside(stack.up)
    write(stack, "v2", hold="2s", before=SLOW)
    async with load(stack).running() as calls:
        following = stack.start("up", "-d")
        await aside(stack.wait, reached, "the moment")
        kill(stack.status()["supervisor_pid"])
        await aside(following.communicate)
        await calls.more(50)
        assert (await aside(stack.argosy, "rollout", "status", "names")).code == 0
        assert stack.status()["supervisor_pid"]
        await aside(stack.up)
        await calls.more(100)
    assert (calls.failed, calls.wrong) == (0, []), calls.failures[:3]
    assert by_version(calls.answers[-50:]) == {"v2"}
    assert outcomes(stack) == ["promoted"]
