"""A small gRPC replica, for the gateway's tests: `python grpc_replica.py <name> <unix socket>`.

Whatever is called answers with its name, the method and the message, as bytes. ``ModelInfer`` does
so once, ``ModelStreamInfer`` for each message, ``Silent`` never.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio


class Echo(grpc.GenericRpcHandler):  # type: ignore[misc]
    def __init__(self, name: str) -> None:
        self.name = name

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        method = details.method.rpartition("/")[2]
        if method == "ModelStreamInfer":
            return grpc.stream_stream_rpc_method_handler(self.each)
        return grpc.unary_unary_rpc_method_handler(self.never if method == "Silent" else self.once)

    async def once(self, message: bytes, context: grpc.aio.ServicerContext) -> bytes:
        if message == b"fail":
            await context.abort(grpc.StatusCode.OUT_OF_RANGE, "too far")
        return self.name.encode() + b" " + message

    async def each(
        self, messages: AsyncIterator[bytes], context: grpc.aio.ServicerContext
    ) -> AsyncIterator[bytes]:
        async for message in messages:
            yield await self.once(message, context)

    async def never(self, message: bytes, context: grpc.aio.ServicerContext) -> bytes:
        await asyncio.Event().wait()
        return b""


async def main(name: str, socket: str) -> None:
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", -1)])
    server.add_generic_rpc_handlers((Echo(name),))
    server.add_insecure_port(f"unix:{socket}")
    await server.start()
    await server.wait_for_termination()


asyncio.run(main(*sys.argv[1:]))
