"""OpenAI's own clients at the one address: the model that a request names answers it."""

from __future__ import annotations

import asyncio

import httpx
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam as Message

from tests.scenarios.stack import StackUnderTest

TALKS = """
import asyncio

class Model:
    async def chat(self, messages):
        for word in messages[-1]["content"].split():
            await asyncio.sleep(0)
            yield "{name}:" + word + " "
"""
EMBEDS = (
    "class Model:\n    def embed(self, texts):\n        return [[len(t), 1.5] for t in texts]\n"
)
MODELS = """
one:
  code: ./one
  replicas: 2
two:
  code: ./two
vectors:
  code: ./vectors
"""


@pytest.fixture(scope="module")
def talking(module_stack: StackUnderTest) -> StackUnderTest:
    module_stack.write(
        MODELS,
        one__model=TALKS.replace("{name}", "one"),
        two__model=TALKS.replace("{name}", "two"),
        vectors__model=EMBEDS,
    )
    module_stack.up()
    return module_stack


def said(text: str) -> list[Message]:
    return [{"role": "user", "content": text}]


def test_the_model_that_is_named_answers(talking: StackUnderTest) -> None:
    with openai.OpenAI(api_key="none", base_url=f"{talking.url}/v1", max_retries=0) as client:
        for name in ("one", "two"):
            answer = client.chat.completions.create(model=name, messages=said("a b"))
            assert answer.choices[0].message.content == f"{name}:a {name}:b "
        vectors = client.embeddings.create(model="vectors", input=["abc", "d"])
        assert [item.embedding for item in vectors.data] == [[3.0, 1.5], [1.0, 1.5]]
        assert sorted(model.id for model in client.models.list()) == ["one", "two", "vectors"]


async def test_many_callers_stream_side_by_side(talking: StackUnderTest) -> None:
    async with openai.AsyncOpenAI(
        api_key="none", base_url=f"{talking.url}/v1", max_retries=0
    ) as client:

        async def ask(number: int) -> str:
            stream = await client.chat.completions.create(
                model="one", messages=said(f"caller {number}"), stream=True
            )
            return "".join([piece.choices[0].delta.content or "" async for piece in stream])

        answers = await asyncio.gather(*(ask(number) for number in range(60)))
    assert answers == [f"one:caller one:{number} " for number in range(60)]


def test_wrong_models_and_methods_are_openai_errors(talking: StackUnderTest) -> None:
    with openai.OpenAI(api_key="none", base_url=f"{talking.url}/v1", max_retries=0) as client:
        with pytest.raises(openai.NotFoundError) as caught:
            client.chat.completions.create(model="three", messages=said("a"))
        assert caught.value.code == "model_not_found"
        with pytest.raises(openai.NotFoundError, match="its model has no chat"):
            client.chat.completions.create(model="vectors", messages=said("a"))


def test_a_stream_of_a_model_is_reached_by_its_own_path_too(talking: StackUnderTest) -> None:
    answer = httpx.post(
        f"{talking.url}/models/two/v1/chat/completions", json={"messages": said("a")}, timeout=30
    )
    assert answer.json()["choices"][0]["message"]["content"] == "two:a "
