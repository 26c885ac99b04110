"""How models are reached from outside: https, other names, paths of their own."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import openai
import pytest

from tests.certificates import make
from tests.ports import reserved_address
from tests.scenarios.stack import StackUnderTest
from tests.waiting import until

CHAT = """
class Model:
    def chat(self, messages):
        yield "you said "
        yield messages[-1]["content"]

    def predict(self, input):
        return input
"""
STACK = """
name: test
models:
  chat: {{code: ./code{more}}}
gateway:
  listen: 127.0.0.1:{port}
  tls: {{certificate: one.pem, key: one.key, redirect_from: 127.0.0.1:{plain}}}
"""


@pytest.fixture
def plain() -> Iterator[int]:
    with reserved_address() as address:
        yield int(address.rpartition(":")[2])


def _write(stack: StackUnderTest, plain: int, more: str = "") -> None:
    stack.put("argosy.yaml", STACK.format(more=more, port=stack.port, plain=plain))
    stack.put("code/model.py", CHAT)


def test_a_stack_is_reached_by_https_under_every_name(stack: StackUnderTest, plain: int) -> None:
    certificate, _ = make(stack.folder, "one")
    _write(stack, plain)
    stack.up()
    assert stack.model("chat")["url"] == f"https://127.0.0.1:{stack.port}/api/chat"
    called = stack.argosy("call", "chat", '{"input": 7}')
    assert (called.code, called.out.strip()) == (0, '{"output": 7}')

    _write(stack, plain, ", aliases: [gpt-4.1], route: /talk")
    assert "Nothing to do" not in stack.argosy("up", "-d").err
    assert stack.model("chat")["serving"] == 1
    trusting = ssl.create_default_context(cafile=certificate)
    trusting.check_hostname = False
    trusting.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    url = f"https://127.0.0.1:{stack.port}"
    with openai.DefaultHttpxClient(verify=trusting) as client:
        gpt = openai.OpenAI(base_url=f"{url}/v1", api_key="none", http_client=client)
        answer = gpt.chat.completions.create(
            model="gpt-4.1", messages=[{"role": "user", "content": "hi"}]
        )
        assert answer.choices[0].message.content == "you said hi"
        sent_on = client.post(
            f"http://127.0.0.1:{plain}/talk", json={"input": 8}, follow_redirects=True
        )
        assert sent_on.json() == {"output": 8}


def test_a_certificate_that_has_expired_is_told(stack: StackUnderTest, plain: int) -> None:
    make(stack.folder, "one", days=-1)
    _write(stack, plain)
    assert "its certificate expired on" in stack.up().out
    assert "expired" in stack.argosy("call", "chat", '{"input": 7}').err

    make(stack.folder, "one")
    until(lambda: not stack.status()["gateway"]["warning"], "the gateway has the new certificate")
    assert stack.argosy("call", "chat", '{"input": 7}').code == 0


def test_a_key_that_does_not_fit_stops_up_before_anything_starts(
    stack: StackUnderTest, plain: int
) -> None:
    make(stack.folder, "one")
    _, other = make(stack.folder, "other")
    other.replace(stack.folder / "one.key")
    _write(stack, plain)

    result = stack.argosy("up", "-d")

    assert result.code == 1
    assert "gateway.tls.key: `one.key`: this is not the key of one.pem." in result.err
