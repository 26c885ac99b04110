"""A stack whose callers need keys, from the first key to the last."""

from __future__ import annotations

import json
import os
import signal
import time

import httpx
import openai
import pytest

from tests.scenarios.stack import StackUnderTest, runs
from tests.waiting import PATIENCE, until

NOSY = """
import os

class Model:
    def predict(self, input):
        return {name: value for name, value in os.environ.items() if "ARGOSY_KEY" in name}

    def chat(self, messages, **options):
        yield "hello"
"""


def key(stack: StackUnderTest, *arguments: str) -> str:
    made = stack.argosy("keys", "create", *arguments)
    assert made.code == 0, made.err
    return made.out.strip()


def test_only_who_has_a_key_is_served(
    stack: StackUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.gateway = {"keys": "required"}
    stack.write("nosy: {code: ./nosy}\nother: {code: ./nosy}", nosy__model=NOSY)
    monkeypatch.setenv("ARGOSY_KEY", "no replica's business")
    assert "make one with `argosy keys create NAME`" in stack.up().err

    refused = stack.argosy("call", "nosy", '{"input": 1}')
    assert refused.code == 1
    assert "not a key of this stack" in refused.err
    assert "argosy keys create" in refused.err
    ci, everything = key(stack, "ci", "--models", "nosy", "--expires", "1h"), key(stack, "all")
    monkeypatch.setenv("ARGOSY_KEY", ci)
    assert json.loads(stack.argosy("call", "nosy", '{"input": 1}').out) == {"output": {}}
    assert "403 The key is not for this model" in stack.argosy("call", "other", "{}").err
    assert stack.argosy("call", "--key", everything, "other", '{"input": 1}').code == 0

    with httpx.Client(base_url=stack.url, timeout=PATIENCE, trust_env=False) as caller:
        slow = {"x-api-key": key(stack, "slow", "--rate", "3/h")}
        codes = [caller.post("/api/nosy", json={"input": 1}, headers=slow) for _ in range(5)]
        assert [answer.status_code for answer in codes] == [200, 200, 200, 429, 429]
        assert codes[-1].headers["retry-after"].isdigit()
        headers = {"authorization": f"Bearer {ci}"}
        assert caller.post("/api/nosy", json={"input": 1}, headers=headers).status_code == 200
        assert stack.argosy("keys", "revoke", "ci").code == 0
        assert caller.post("/api/nosy", json={"input": 1}, headers=headers).status_code == 401
    with openai.OpenAI(base_url=f"{stack.url}/v1", api_key=everything, max_retries=0) as client:
        question: list[openai.types.chat.ChatCompletionMessageParam] = [
            {"role": "user", "content": "hi"}
        ]
        said = client.chat.completions.create(model="nosy", messages=question)
        assert said.choices[0].message.content == "hello"

    without_supervisor(stack, everything)
    for token in (ci, everything):
        assert token.rpartition(".")[2] not in stack.logs() + str(stack.status())


def without_supervisor(stack: StackUnderTest, everything: str) -> None:
    """A key can then be revoked, but the gateway has nobody to tell it: that is said."""
    pid = stack.status()["supervisor_pid"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: not runs(pid), "the supervisor has ended")
    headers = {"x-api-key": everything}
    revoked = stack.argosy("keys", "revoke", "all")
    assert revoked.code == 1
    assert "the gateway runs on without its supervisor" in revoked.err
    limited = stack.argosy("keys", "create", "uncounted", "--rate", "3/h")
    assert (limited.code, limited.out) == (1, "")
    assert "would not count by its rate" in limited.err

    stack.up()

    answer = httpx.get(f"{stack.url}/v1/models", headers=headers, timeout=PATIENCE)
    assert answer.status_code == 401
    began = time.monotonic()
    later = key(stack, "later")
    assert time.monotonic() - began < PATIENCE
    again = httpx.get(f"{stack.url}/v1/models", headers={"x-api-key": later}, timeout=PATIENCE)
    assert again.status_code == 200
    stack.argosy("down")
    assert stack.argosy("keys", "revoke", "later").code == 0
    listed = json.loads(stack.argosy("keys", "list", "--json").out)
    assert [(one["name"], one["state"]) for one in listed] == [
        ("ci", "revoked"),
        ("all", "revoked"),
        ("slow", "active"),
        ("later", "revoked"),
    ]
    stack.up()
    again = httpx.get(f"{stack.url}/v1/models", headers={"x-api-key": later}, timeout=PATIENCE)
    assert again.status_code == 401
