"""``POST /v1/embeddings``: texts of many callers are computed together."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import msgspec

from argosy_runner.exchange import ALIAS, JSON
from argosy_runner.problems import Problem
from argosy_runner.protocols.openai.requests import EmbeddingRequest, parse

if TYPE_CHECKING:
    from argosy_runner.exchange import Exchange
    from argosy_runner.replica import Replica


class Embeddings:
    """For a model with ``embed``."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    async def answer(self, exchange: Exchange, body: bytes) -> None:
        """One request, of one text or many."""
        name = self._replica.settings.model
        request = parse(body, EmbeddingRequest, name, exchange.header(ALIAS))
        method = self._replica.batcher.methods.get("embed")
        if method is None:
            raise Problem(404, f"{name} makes no embeddings: its model has no embed")
        if request.dimensions is not None:
            raise Problem(400, "the model has one number of dimensions", param="dimensions")
        texts = [request.input] if isinstance(request.input, str) else request.input
        signature = method.signature
        payloads = [signature.pack(text, f"input[{at}]") for at, text in enumerate(texts)]
        call, done = self._replica.batcher.submit(method, payloads, exchange)
        wrong = await done
        if wrong is not None:
            raise wrong
        if request.encoding_format == "base64":
            vectors = [b'"%b"' % base64.b64encode(answer) for answer in call.answers]
        else:
            vectors = [signature.json(answer) for answer in call.answers]
        tokens = sum(len(text.split()) for text in texts)
        self._replica.metrics.tokens["in"] += tokens
        data = b", ".join(
            b'{"object": "embedding", "index": %d, "embedding": %b}' % (at, vector)
            for at, vector in enumerate(vectors)
        )
        await exchange.answer(
            200,
            JSON,
            b'{"object": "list", "data": [%b], "model": %b, '
            b'"usage": {"prompt_tokens": %d, "total_tokens": %d}}'
            % (data, msgspec.json.encode(name), tokens, tokens),
        )
