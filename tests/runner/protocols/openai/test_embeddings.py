from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openai
import pytest

from tests.runner.conftest import Start
from tests.waiting import until


def test_texts_become_vectors_in_their_order(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="m", input=["abc", "de"], encoding_format="float")
    assert [item.index for item in answer.data] == [0, 1]
    assert [item.embedding for item in answer.data] == [[3.0, 2.0], [2.0, 2.0]]


def test_the_clients_default_encoding_gives_the_same_numbers(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="m", input="abcd")
    assert answer.data[0].embedding == [4.0, 1.0]
    assert answer.usage.prompt_tokens == 1


def test_texts_of_several_callers_are_computed_together(serve: Start, tmp_path: Path) -> None:
    begun, go_on = tmp_path / "begun", tmp_path / "go-on"
    replica = serve(f"""
        import pathlib, time

        class Model:
            max_batch = 32

            def embed(self, texts):
                if texts == ["wait"]:
                    pathlib.Path({str(begun)!r}).touch()
                    while not pathlib.Path({str(go_on)!r}).exists():
                        time.sleep(0.01)
                return [[float(len(texts))] for _ in texts]
    """)

    def sizes(*texts: str) -> list[float]:
        body = {"model": "m", "input": list(texts)}
        answer = replica.client.post("/v1/embeddings", json=body)
        return [item["embedding"][0] for item in answer.json()["data"]]

    with ThreadPoolExecutor() as callers:
        first = callers.submit(sizes, "wait")
        until(begun.exists, "the first text is computed")
        others = [callers.submit(sizes, "a", "b", "c") for _ in range(3)]
        waiting = re.compile(r"^argosy_in_flight\{.*\} 4.0$", re.MULTILINE)
        try:
            until(lambda: waiting.search(replica.client.get("/metrics").text), "all are there", 10)
        finally:
            go_on.touch()
        assert first.result() == [1.0]
        assert max(size for other in others for size in other.result()) > 3


def test_texts_of_like_length_are_computed_together_and_answered_in_their_order(
    serve: Start,
) -> None:
    replica = serve("""
        class Model:
            max_batch = 4

            def embed(self, texts):
                lengths = [len(text) for text in texts]
                return [[length, max(lengths)] for length in lengths]
    """)
    lengths = [3, 9, 1, 12, 5, 7, 2, 11, 8, 4, 10, 6]
    answer = replica.client.post("/v1/embeddings", json={"input": ["x" * n for n in lengths]})
    vectors = [item["embedding"] for item in answer.json()["data"]]
    assert [length for length, _ in vectors] == lengths
    longest_beside = [longest for _, longest in sorted(vectors)]
    assert longest_beside == [4] * 4 + [8] * 4 + [12] * 4


def test_the_text_that_fails_is_named_by_its_place_in_the_request(serve: Start) -> None:
    replica = serve("""
        class Model:
            max_batch = 2

            def embed(self, texts):
                if "no" in texts:
                    raise ValueError("not this text")
                return [[1.0] for _ in texts]
    """)
    answer = replica.client.post("/v1/embeddings", json={"input": ["long text", "a", "no", "bcd"]})
    assert answer.status_code == 500
    assert "inputs[2]" in answer.json()["error"]["message"]


def test_wrong_requests_are_named(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="dimensions"):
        client.embeddings.create(model="m", input="a", dimensions=8)
    with pytest.raises(openai.BadRequestError, match="input"):
        client.embeddings.create(model="m", input=[])


@pytest.mark.parametrize("vector", ["'no'", "[float('nan')]", "None"])
def test_what_is_no_vector_is_the_models_fault(serve: Start, vector: str) -> None:
    replica = serve(
        f"class Model:\n    def embed(self, texts):\n        return [{vector} for _ in texts]\n"
    )
    answer = replica.client.post("/v1/embeddings", json={"input": "a"})
    assert answer.status_code == 500
    assert "embed" in answer.json()["error"]["message"]
