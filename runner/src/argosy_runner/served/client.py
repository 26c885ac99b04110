"""Ask an engine's server one question. It is the engine that answers callers; we only look."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httptools
import msgspec

from argosy_runner.served.engine import Question

LONGEST_EXCERPT = 300
ACCEPT = "text/plain;version=0.0.4, */*;q=0.1"


class NoAnswer(Exception):
    """There is none, or one that is not 2xx; the text is a clause: ``/health: 503 loading``."""


@dataclass
class Answer:
    """What came back; the callbacks are httptools'."""

    status: int = 0
    complete: bool = False
    parts: list[bytes] = field(default_factory=list)

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        self.parts.append(data)

    def on_message_complete(self) -> None:
        """Nothing more comes."""
        self.complete = True

    @property
    def text(self) -> str:
        """The body."""
        return b"".join(self.parts).decode("utf-8", "replace")


async def ask(address: str, question: Question, seconds: float) -> str:
    """The body of the answer. Raises `NoAnswer`."""
    try:
        async with asyncio.timeout(seconds):
            answer = await _exchange(address, question)
    except TimeoutError:
        raise NoAnswer(f"{question} is not answered within {seconds:.3g} s") from None
    except (OSError, httptools.HttpParserError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise NoAnswer(f"{question}: {reason}") from None
    if not 200 <= answer.status < 300:
        excerpt = " ".join(answer.text.split())[:LONGEST_EXCERPT]
        raise NoAnswer(f"{question}: {answer.status} {excerpt}".rstrip())
    return answer.text


async def _exchange(address: str, question: Question) -> Answer:
    """One request on a connection of its own."""
    if address.startswith("unix:"):
        reader, writer = await asyncio.open_unix_connection(address[5:])
    else:
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    answer = Answer()
    parser = httptools.HttpResponseParser(answer)
    try:
        writer.write(_request(question))
        while not answer.complete and (data := await reader.read(65536)):
            parser.feed_data(data)
        answer.status = parser.get_status_code()  # a body may also end with the connection
    finally:
        writer.transport.abort()
    return answer


def _request(question: Question) -> bytes:
    method = "GET" if question.body is None else "POST"
    lines = [f"{method} {question.path} HTTP/1.1", "host: localhost", "connection: close"]
    lines.append(f"accept: {ACCEPT}")
    body = b""
    if question.body is not None:
        body = msgspec.json.encode(question.body)
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
