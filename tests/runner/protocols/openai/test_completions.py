from __future__ import annotations

import openai
import pytest

from tests.runner.conftest import Start


def test_a_prompt_is_completed(client: openai.OpenAI) -> None:
    answer = client.completions.create(model="m", prompt="p", max_tokens=3)
    assert answer.choices[0].text == "p0 p1 p2 "
    assert answer.choices[0].finish_reason == "length"


def test_several_prompts_and_choices_keep_their_order(client: openai.OpenAI) -> None:
    answer = client.completions.create(model="m", prompt=["a", "b"], n=2, max_tokens=1, echo=True)
    assert [choice.text for choice in answer.choices] == ["aa0 ", "aa0 ", "bb0 ", "bb0 "]


def test_a_completion_streams(client: openai.OpenAI) -> None:
    stream = client.completions.create(model="m", prompt="p", stream=True)
    assert [piece.choices[0].text for piece in stream] == [*(f"p{n} " for n in range(5)), ""]


def test_a_model_without_complete_says_so(serve: Start) -> None:
    replica = serve("class Model:\n    def chat(self, messages):\n        yield 'a'\n")
    answer = replica.client.post("/v1/completions", json={"prompt": "a"})
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == ("m does not take this: its model has no complete")
    answer = replica.client.post("/predict", json={"input": "a"})
    assert answer.status_code == 404
    assert "it has chat" in answer.json()["detail"]


@pytest.mark.parametrize("prompt", [[], [1, 2]])
def test_prompts_that_are_no_text_are_refused(client: openai.OpenAI, prompt: list[int]) -> None:
    with pytest.raises(openai.BadRequestError, match="prompt"):
        client.completions.create(model="m", prompt=prompt)
