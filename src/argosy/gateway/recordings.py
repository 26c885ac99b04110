"""What a request and its copies were answered, kept so that they can be compared.

Envoy tells of the answers as they pass (its external processing in observability mode), and waits
for nothing: while nobody listens, or too much comes, answers are not recorded and go on as ever.
A line of JSON is written for each: ``id`` joins those of one request and its copies.
"""

from __future__ import annotations

import base64
import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from envoy.service.ext_proc.v3.external_processor_pb2 import ProcessingRequest, ProcessingResponse

from argosy.gateway.resources.mirrors import CLUSTER_METADATA, HEADER
from argosy.gateway.resources.revisions import model_and_kind

log = logging.getLogger(__name__)

SERVICE = "envoy.service.ext_proc.v3.ExternalProcessor"
LONGEST_BODY = 64 << 10  # of an answer that is longer, the beginning
LARGEST_FILE = 16 << 20  # for each model, and one older file of the same size
MOST_AT_ONCE = 256


@dataclass
class Answer:
    """One answer as it comes in. ``id`` is the request's."""

    id: str = ""
    status: int = 0
    content_type: str = ""
    body: bytearray = field(default_factory=bytearray)
    length: int = 0
    whole: bool = False

    def hear(self, message: Any) -> None:
        """Take in a ``ProcessingRequest``."""
        kind = message.WhichOneof("request")
        if kind == "request_headers":
            self.id = _headers(message.request_headers).get(HEADER, "")
        elif kind == "response_headers":
            headers = _headers(message.response_headers)
            self.status = int(headers.get(":status", 0))
            self.content_type = headers.get("content-type", "")
            self.whole = message.response_headers.end_of_stream
        elif kind == "response_body":
            self.length += len(message.response_body.body)
            self.body += message.response_body.body[: LONGEST_BODY - len(self.body)]
            self.whole = message.response_body.end_of_stream
        elif kind == "response_trailers":
            self.whole = True

    def line(self, cluster: str, seconds: float) -> str:
        """As it is written down. A body that is no text is in base64."""
        told: dict[str, Any] = {
            "id": self.id,
            "model": model_and_kind(cluster)[0],
            "revision": cluster.split(".")[1],
            "status": self.status,
            "seconds": round(seconds, 6),
            "content_type": self.content_type,
            "length": self.length,
            "whole": self.whole and self.length == len(self.body),
        }
        try:
            told["body"] = self.body.decode()
        except UnicodeDecodeError:
            told["base64"] = base64.b64encode(self.body).decode()
        return json.dumps(told) + "\n"


class Recordings:
    """Written to ``<folder>/<model>.jsonl``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._at_once = 0

    def handler(self) -> Any:
        """For the gRPC server that Envoy calls."""
        process = grpc.stream_stream_rpc_method_handler(
            self._process,
            request_deserializer=ProcessingRequest.FromString,
            response_serializer=ProcessingResponse.SerializeToString,
        )
        return grpc.method_handlers_generic_handler(SERVICE, {"Process": process})

    async def _process(
        self, messages: AsyncIterator[Any], context: grpc.aio.ServicerContext
    ) -> AsyncIterator[Any]:
        if self._at_once >= MOST_AT_ONCE:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too much to record")
        self._at_once += 1
        answer, began = Answer(), time.perf_counter()
        try:
            async for message in messages:
                answer.hear(message)
                if answer.whole:
                    break
        finally:
            self._at_once -= 1
            if answer.id and answer.status:
                cluster = dict(context.invocation_metadata())[CLUSTER_METADATA]
                self._write(cluster, answer.line(cluster, time.perf_counter() - began))
        silence: tuple[Any, ...] = ()  # Envoy waits for no word of ours
        for nothing in silence:
            yield nothing

    def _write(self, cluster: str, line: str) -> None:
        file = self._folder / f"{model_and_kind(cluster)[0]}.jsonl"
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            if file.exists() and file.stat().st_size + len(line) > LARGEST_FILE:
                file.replace(file.with_suffix(".jsonl.1"))
            with file.open("a") as lines:
                lines.write(line)
        except OSError as error:
            log.warning("answers to copied requests cannot be recorded: %s", error)


def _headers(message: Any) -> dict[str, str]:
    found = ((one.key, one.raw_value or one.value.encode()) for one in message.headers.headers)
    return {key: value.decode(errors="replace") for key, value in found}
