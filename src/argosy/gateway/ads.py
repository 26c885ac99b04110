"""The control plane that Envoy asks: aggregated discovery over gRPC on a unix socket.

One Envoy is served, and beside it for a while the one that it takes the place of. Each may leave
and come back (it was restarted, or we were): each stream begins with the complete configuration.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from envoy.service.discovery.v3.discovery_pb2 import DiscoveryRequest, DiscoveryResponse

from argosy.errors import GatewayError
from argosy.gateway.conversation import Conversation, Offer, offer
from argosy.gateway.resources.snapshot import Snapshot

log = logging.getLogger(__name__)

SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService"


class AdsServer:
    """Offers one snapshot at a time, and tells when Envoy has accepted it."""

    def __init__(self, socket: Path, *others: Any) -> None:
        """``others`` are handlers of what Envoy calls on the same socket."""
        self.offered = Snapshot()
        self._offer: Offer = {}
        self._socket = socket
        self._others = others
        self._server: grpc.aio.Server | None = None
        self._conversations: list[Conversation] = []
        self._expected = ""
        self._changed = asyncio.Condition()
        self._changes = 0

    async def start(self) -> None:
        """Serve what was offered. Raises `GatewayError` when the socket cannot be made."""
        handler = grpc.stream_stream_rpc_method_handler(
            self._converse,
            request_deserializer=DiscoveryRequest.FromString,
            response_serializer=DiscoveryResponse.SerializeToString,
        )
        service = grpc.method_handlers_generic_handler(
            SERVICE, {"StreamAggregatedResources": handler}
        )
        self._server = grpc.aio.server()
        self._server.add_generic_rpc_handlers((service, *self._others))
        try:
            self._server.add_insecure_port(f"unix:{self._socket}")
        except RuntimeError as error:
            raise GatewayError(
                "the gateway's control socket cannot be made", where=str(self._socket)
            ) from error
        await self._server.start()

    async def close(self) -> None:
        """Envoy keeps what it has, and asks until there is a control plane again."""
        if self._server:
            await self._server.stop(grace=None)
            self._server = None

    async def offer(self, snapshot: Snapshot) -> None:
        """From now on Envoy shall have this; what it has already is not sent again."""
        self.offered = snapshot
        self._offer = offer(snapshot)
        await self._wake()

    def expect(self, zone: str) -> None:
        """It is the Envoy of this ``--service-zone`` that must accept what is offered."""
        self._expected = zone

    def forget(self) -> None:
        """What an Envoy that has ended accepted tells nothing of the next one."""
        self._conversations.clear()

    async def accepted(self) -> None:
        """Wait until Envoy has accepted the offer. Raises `GatewayError` with its reason if not.

        One that is leaving must have heard of it too; what it refuses does not count.
        """
        async with self._changed:
            while not self._is_accepted():
                await self._changed.wait()

    def _is_accepted(self) -> bool:
        found = False
        for conversation in self._conversations:
            reason = conversation.refusal(self._offer)
            if conversation.zone != self._expected:
                if reason is None and not conversation.settled(self._offer):
                    return False
                continue
            if reason:
                raise GatewayError(f"Envoy refused its configuration: {reason}")
            if not conversation.settled(self._offer):
                return False
            found = True
        return found

    async def _converse(
        self, requests: AsyncIterator[Any], _context: grpc.aio.ServicerContext
    ) -> AsyncIterator[Any]:
        conversation = Conversation(lambda reason: log.warning("Envoy refused: %s", reason))
        self._conversations.append(conversation)
        listening = asyncio.create_task(self._listen(conversation, requests))
        try:
            while not listening.done():
                changes = self._changes
                for answer in conversation.due(self._offer):
                    yield answer
                await self._change_after(changes)
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening
            self._conversations = [one for one in self._conversations if one is not conversation]
            await self._wake()

    async def _listen(self, conversation: Conversation, requests: AsyncIterator[Any]) -> None:
        with contextlib.suppress(grpc.aio.AbortError, grpc.aio.BaseError):
            async for request in requests:
                conversation.heard(request)
                await self._wake()
        await self._wake()

    async def _change_after(self, changes: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._changes != changes)

    async def _wake(self) -> None:
        self._changes += 1
        async with self._changed:
            self._changed.notify_all()
