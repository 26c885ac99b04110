"""A small server of websockets, for the gateway's tests: `python … <name> <unix socket>`.

It repeats every message with its name and the path, and tells of the headers it was called with
when it hears ``headers``.
"""

from __future__ import annotations

import asyncio
import json
import sys

from websockets.asyncio.server import ServerConnection, unix_serve


async def main(name: str, socket: str) -> None:
    async def answer(connection: ServerConnection) -> None:
        assert connection.request
        async for message in connection:
            if message == "headers":
                await connection.send(json.dumps(dict(connection.request.headers.raw_items())))
            elif isinstance(message, bytes):
                await connection.send(message)
            else:
                await connection.send(f"{name} {connection.request.path} {message}")

    async with unix_serve(answer, socket):
        await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
