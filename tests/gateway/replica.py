"""A small replica, for the gateway's tests: `python replica.py <name> <unix socket>`.

Every answer tells what arrived. The query asks for more: ``delay`` seconds before the answer, or
until the file ``hold`` is there, ``size`` bytes of it, ``stream`` events a tenth of a second apart,
with ``large`` more bytes each and none any more when the file ``until`` is there, ``hang`` seconds
of silence after them, a content ``type``, ``status`` if the replica named ``only`` is asked or none
is named, and ``die`` = ``silent`` or ``answering``, once for each value of ``once``. A file
``<name>.seen`` beside the socket gets a line for each request.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import uvicorn


class App:
    def __init__(self, name: str, log: Path) -> None:
        self.name, self.log = name, log

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        length, more = 0, True
        while more:
            message = await receive()
            length += len(message.get("body", b""))
            more = message.get("more_body", False)
        query = {key: values[0] for key, values in parse_qs(scope["query_string"].decode()).items()}
        if query.get("die") == "silent" and _first(query["once"]):
            os._exit(1)
        self.note(scope, length)
        await asyncio.sleep(float(query.get("delay", 0)))
        while "hold" in query and not Path(query["hold"]).exists():  # noqa: ASYNC110  a test's
            await asyncio.sleep(0.05)
        asked = query.get("only", self.name) == self.name
        status = int(query.get("status", 200)) if asked else 200
        headers = [(b"content-type", query["type"].encode())] if "type" in query else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for count in range(int(query.get("stream", 0))):
            event = f"data: {count}\n\n".encode() + b"x" * int(query.get("large", 0))
            await send({"type": "http.response.body", "body": event, "more_body": True})
            await asyncio.sleep(0.1)
            if query.get("die") == "answering":
                os._exit(1)
            if "until" in query and Path(query["until"]).exists():
                break
        await asyncio.sleep(float(query.get("hang", 0)))
        body = b"" if "stream" in query else json.dumps(self.seen(scope, length)).encode()
        body = bytes(int(query["size"])) if "size" in query else body
        await send({"type": "http.response.body", "body": body})

    def note(self, scope: dict[str, Any], length: int) -> None:
        if self.log.exists():
            with self.log.open("a") as file:
                file.write(json.dumps(self.seen(scope, length)) + "\n")

    def seen(self, scope: dict[str, Any], length: int) -> dict[str, Any]:
        headers = {key.decode(): value.decode() for key, value in scope["headers"]}
        path, query = scope["path"], scope["query_string"].decode()
        return {
            "replica": self.name,
            "method": scope["method"],
            "path": f"{path}?{query}" if query else path,
            "length": length,
            "headers": headers,
        }


def _first(marker: str) -> bool:
    try:
        Path(marker).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


if __name__ == "__main__":
    uvicorn.run(
        App(sys.argv[1], Path(sys.argv[2]).with_suffix(".seen")),
        uds=sys.argv[2],
        backlog=4096,
        log_level="error",
        lifespan="off",
        access_log=False,
        timeout_keep_alive=3600,
    )
