from __future__ import annotations

import asyncio
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam as Message

from tests.runner.replicas import Replica
from tests.waiting import until


def said(text: str) -> list[Message]:
    return [{"role": "user", "content": text}]


def test_a_whole_answer_has_its_text_and_usage(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="m", messages=said("hello big world"))
    assert answer.choices[0].message.content == "hello big world "
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (3, 3)
    assert answer.model == "m"


def test_pieces_come_one_by_one_and_usage_last_when_asked_for(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="m",
        messages=said("hello big world"),
        stream=True,
        stream_options={"include_usage": True},
    )
    pieces = list(stream)
    texts = [piece.choices[0].delta.content for piece in pieces if piece.choices]
    assert texts == ["", "hello ", "big ", "world ", None]
    assert pieces[0].choices[0].delta.role == "assistant"
    assert pieces[-2].choices[0].finish_reason == "stop"
    assert pieces[-1].usage is not None
    assert pieces[-1].usage.total_tokens == 6
    assert all(piece.usage is None for piece in pieces[:-1])


@pytest.mark.parametrize("choices", [1, 3])
def test_a_gateway_that_charges_hears_of_the_usage_in_the_last_piece(
    client: openai.OpenAI, choices: int
) -> None:
    pieces = list(
        client.chat.completions.create(
            model="m",
            messages=said("hello big world"),
            stream=True,
            n=choices,
            extra_headers={"x-argosy-usage": "yes"},
        )
    )

    assert all(len(piece.choices) == 1 for piece in pieces)
    assert [piece.usage is None for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    assert pieces[-1].usage is not None
    assert pieces[-1].usage.total_tokens == 3 + 3 * choices
    assert pieces[-1].choices[0].finish_reason == "stop"
    ended = [piece.choices[0].index for piece in pieces if piece.choices[0].finish_reason]
    assert sorted(ended) == list(range(choices))


async def test_many_stream_side_by_side(async_client: openai.AsyncOpenAI) -> None:
    async def one(number: int) -> str:
        stream = await async_client.chat.completions.create(
            model="m", messages=said(f"caller {number} speaks"), stream=True
        )
        return "".join([piece.choices[0].delta.content or "" async for piece in stream])

    answers = await asyncio.gather(*(one(number) for number in range(60)))
    assert answers == [f"caller {number} speaks " for number in range(60)]


async def test_whole_answers_for_the_async_client(async_client: openai.AsyncOpenAI) -> None:
    answer = await async_client.chat.completions.create(model="m", messages=said("hello"))
    assert answer.choices[0].message.content == "hello "


def test_a_stop_text_ends_an_answer_and_is_not_told(client: openai.OpenAI) -> None:
    for stop in ("big", ["none", "ig w"]):
        answer = client.chat.completions.create(
            model="m", messages=said("hello big world"), stop=stop
        )
        assert answer.choices[0].finish_reason == "stop"
        assert answer.choices[0].message.content == ("hello " if stop == "big" else "hello b")


def test_max_tokens_ends_an_answer_that_the_model_would_go_on_with(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="m", messages=said("a b c d e"), max_tokens=2)
    assert answer.choices[0].message.content == "a b "
    assert answer.choices[0].finish_reason == "length"
    newer = client.chat.completions.create(
        model="m", messages=said("forever"), max_completion_tokens=3
    )
    assert newer.choices[0].message.content == "..."


def test_options_reach_the_model_that_takes_them(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="m", messages=said("options"), temperature=0.5, seed=7, n=3, top_p=0.9
    )
    assert [choice.message.content for choice in answer.choices] == [
        f"temperature=0.5 seed={seed}" for seed in (7, 8, 9)
    ]
    assert [choice.index for choice in answer.choices] == [0, 1, 2]


def test_choices_of_a_stream_are_told_apart(client: openai.OpenAI) -> None:
    texts = {0: "", 1: ""}
    for piece in client.chat.completions.create(
        model="m", messages=said("hello big world"), n=2, stream=True
    ):
        choice = piece.choices[0]
        texts[choice.index] += choice.delta.content or ""
    assert texts == {0: "hello big world ", 1: "hello big world "}


def test_tool_calls_are_passed_on(client: openai.OpenAI) -> None:
    tools: Any = [{"type": "function", "function": {"name": "add", "parameters": {}}}]
    answer = client.chat.completions.create(model="m", messages=said("tool"), tools=tools)
    choice = answer.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    assert choice.message.tool_calls is not None
    call = choice.message.tool_calls[0]
    assert call.type == "function"
    assert (call.id, call.function.name, call.function.arguments) == ("c1", "add", '{"a": 1}')


def test_what_the_model_cannot_heed_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="takes no logprobs") as caught:
        client.chat.completions.create(model="m", messages=said("a"), logprobs=True)
    assert caught.value.param == "logprobs"


def test_an_alias_that_the_gateway_tells_is_the_model(client: openai.OpenAI) -> None:
    told = {"x-argosy-alias": "other"}
    answer = client.chat.completions.create(model="other", messages=said("a"), extra_headers=told)
    assert answer.model == "m"
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="third", messages=said("a"), extra_headers=told)


def test_another_model_is_not_found(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="other", messages=said("a"))
    assert caught.value.code == "model_not_found"


def test_wrong_fields_are_named(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="temperature: ") as caught:
        client.chat.completions.create(model="m", messages=said("a"), temperature=9)
    assert caught.value.param == "temperature"
    with pytest.raises(openai.BadRequestError, match="messages: "):
        client.chat.completions.create(model="m", messages=[])


def test_an_error_before_the_first_piece_is_a_500_also_of_a_stream(client: openai.OpenAI) -> None:
    for stream in (False, True):
        with pytest.raises(openai.InternalServerError, match="ValueError: no words"):
            client.chat.completions.create(model="m", messages=said("raise"), stream=stream)


def test_an_error_after_some_pieces_is_told_in_the_stream(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(model="m", messages=said("later"), stream=True)
    assert [next(stream).choices[0].delta.content for _ in range(2)] == ["", "one"]
    with pytest.raises(openai.APIError, match="ValueError: no more words"):
        next(stream)


def test_a_client_that_leaves_ends_the_models_work(talks: Replica, client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(model="m", messages=said("forever"), stream=True)
    for piece, _ in zip(stream, range(5), strict=False):
        assert piece.choices
    stream.close()
    metrics = "argosy_in_flight{"

    def in_flight() -> float:
        text = talks.client.get("/metrics").text
        return float(
            next(line for line in text.splitlines() if line.startswith(metrics)).split()[-1]
        )

    until(lambda: in_flight() == 0, "nothing in flight")


def test_the_models_are_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["m"]
    assert client.models.retrieve("m").owned_by == "argosy"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("other")


def test_first_token_and_tokens_are_counted(talks: Replica, client: openai.OpenAI) -> None:
    client.chat.completions.create(model="m", messages=said("hello big world"))
    lines = {
        line.split("{")[0]: float(line.split()[-1])
        for line in talks.client.get("/metrics").text.splitlines()
        if not line.startswith("#") and 'direction="in"' not in line
    }
    assert lines["argosy_time_to_first_token_seconds_count"] >= 1
    assert lines["argosy_time_per_output_token_seconds_count"] >= 2
    assert lines["argosy_tokens_total"] >= 3


def test_paths_and_methods_that_do_not_exist(talks: Replica) -> None:
    unknown = talks.client.post("/v1/nothing", json={})
    assert unknown.status_code == 404
    assert "/v1/chat/completions" in unknown.json()["error"]["message"]
    assert talks.client.get("/v1/chat/completions").status_code == 405
    for content in (b"", b"[", b"\xff", b"[" * 100_000, b"1"):
        answer = talks.client.post("/v1/chat/completions", content=content)
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"]["type"] == "invalid_request_error"
