"""A replica that answers as a language model: ``python language_replica.py <name> <socket>``.

The body's ``tokens`` are what it says it used. ``stream`` asks for events, ``usage`` = ``asked``
for an event of its own with the usage, ``last`` for it in the last piece, ``none`` for none;
``large`` for an answer of so many bytes, ``stop_after`` for silence after that piece.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import uvicorn

PIECES = 5


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    asked = json.loads(body)
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": asked["tokens"]}
    if not asked.get("stream"):
        text = "x" * asked.get("large", 1)
        told = {} if asked.get("usage") == "none" else {"usage": usage}
        await _begin(send, "application/json")
        await _send(send, json.dumps({"choices": [{"text": text}], **told}).encode(), more=False)
        return
    await _begin(send, "text/event-stream; charset=utf-8")
    for count in range(PIECES):
        piece: dict[str, Any] = {"object": "piece", "choices": [{"index": 0, "text": f"{count} "}]}
        if asked.get("usage") == "asked":
            piece["usage"] = None
        if asked.get("usage") == "last" and count == PIECES - 1:
            piece["usage"] = usage
        await _event(send, piece)
        if asked.get("stop_after") == count:
            await asyncio.Event().wait()
    if asked.get("usage") == "asked":
        await _event(send, {"choices": [], "usage": usage})
    await _send(send, b"data: [DONE]\n\n", more=False)


async def _begin(send: Any, kind: str) -> None:
    headers = [(b"content-type", kind.encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _event(send: Any, content: dict[str, Any]) -> None:
    await _send(send, f"data: {json.dumps(content)}\n\n".encode(), more=True)


async def _send(send: Any, body: bytes, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


if __name__ == "__main__":
    uvicorn.run(app, uds=sys.argv[2], log_level="error", lifespan="off", access_log=False)
