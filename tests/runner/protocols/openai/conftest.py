"""A replica that chats, completes and embeds, and OpenAI's own clients of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx2  # what the client of OpenAI is made with
import openai
import pytest

from tests.runner.replicas import DEADLINE, Replica, serving

TALKS = """
import asyncio

class Model:
    max_batch = 8

    def count_tokens(self, text):
        return len(text.split())

    async def chat(self, messages, temperature=1.0, seed=0, tools=None):
        words = messages[-1]["content"].split()
        if words[0] == "raise":
            raise ValueError("no words")
        if words[0] == "later":
            yield "one"
            raise ValueError("no more words")
        if words[0] == "tool":
            call = {"index": 0, "id": "c1", "type": "function"}
            yield {"tool_calls": [{**call, "function": {"name": "add", "arguments": ""}}]}
            yield {"tool_calls": [{"index": 0, "function": {"arguments": '{"a":'}}]}
            yield {"tool_calls": [{"index": 0, "function": {"arguments": " 1}"}}]}
            return
        if words[0] == "forever":
            while True:
                yield "."
                await asyncio.sleep(0.01)
        if words[0] == "options":
            yield f"temperature={temperature} seed={seed}"
            return
        for word in words:
            yield word + " "

    def complete(self, prompt, max_tokens=16):
        for number in range(min(max_tokens, 5)):
            yield f"{prompt}{number} "

    def embed(self, texts):
        return [[float(len(text)), float(len(texts))] for text in texts]
"""


@pytest.fixture(scope="module")
def talks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    with serving(tmp_path_factory.mktemp("talks"), TALKS) as replica:
        yield replica


@pytest.fixture
def client(talks: Replica) -> Iterator[openai.OpenAI]:
    transport = httpx2.HTTPTransport(uds=str(talks.socket))
    with (
        httpx2.Client(transport=transport, timeout=DEADLINE) as http,
        openai.OpenAI(
            api_key="none", base_url="http://replica/v1", http_client=http, max_retries=0
        ) as made,
    ):
        yield made


@pytest.fixture
async def async_client(talks: Replica) -> AsyncIterator[openai.AsyncOpenAI]:
    transport = httpx2.AsyncHTTPTransport(uds=str(talks.socket))
    async with (
        httpx2.AsyncClient(transport=transport, timeout=DEADLINE) as http,
        openai.AsyncOpenAI(
            api_key="none", base_url="http://replica/v1", http_client=http, max_retries=0
        ) as made,
    ):
        yield made
