"""Messages between runner and worker: a small JSON header and raw bytes. Never pickle.

A frame is two little-endian unsigned 32-bit lengths, of the header and of the body, then the
header, a JSON object in UTF-8, then the body.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from typing import Any

PREFIX = struct.Struct("<II")
LONGEST_HEADER = 16 * 1024 * 1024
CREDIT = 64
"""Pieces that a worker may send before the first of them is taken: a slow reader slows it."""

_decode = json.JSONDecoder().decode


class BadFrame(Exception):
    """The bytes are no frame; nothing that follows them can be trusted."""


def encode(header: bytes, parts: Iterable[bytes | memoryview] = ()) -> bytes:
    """A frame of ``header``, the text of a JSON object, and ``parts`` joined as its body."""
    body = b"".join(parts)
    return b"".join((PREFIX.pack(len(header), len(body)), header, body))


def parse_header(text: bytes) -> dict[str, Any]:
    """Raises `BadFrame` for anything but a JSON object."""
    try:
        header = _decode(text.decode())
    except (ValueError, RecursionError) as error:
        raise BadFrame("a header that is not JSON") from error
    if not isinstance(header, dict):
        raise BadFrame("a header that is not an object")
    return header


class Decoder:
    """Cuts a stream that arrives in arbitrary pieces into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._wanted = PREFIX.size

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The (header, body) of every frame that ``data`` completes.

        Raises `BadFrame` for a header of an impossible length.
        """
        if not self._buffer and len(data) >= PREFIX.size:
            header_size, body_size = PREFIX.unpack_from(data)
            start = PREFIX.size + header_size
            if len(data) == start + body_size and 2 <= header_size <= LONGEST_HEADER:
                yield data[PREFIX.size : start], data[start:]  # the usual case: one, and whole
                return
        self._buffer += data
        while len(self._buffer) >= self._wanted:
            header_size, body_size = PREFIX.unpack_from(self._buffer)
            _check(header_size)
            start = PREFIX.size + header_size
            self._wanted = start + body_size
            if len(self._buffer) < self._wanted:
                return
            with memoryview(self._buffer) as view:
                frame = bytes(view[PREFIX.size : start]), bytes(view[start : self._wanted])
            del self._buffer[: self._wanted]
            self._wanted = PREFIX.size
            yield frame

    @property
    def within_frame(self) -> bool:
        """True when the stream may not end here."""
        return bool(self._buffer)


def read(stream: Any) -> tuple[bytes, bytes] | None:
    """The next (header, body) of a blocking buffered ``stream``; None at its end.

    Raises `BadFrame` when the stream ends within a frame or holds something else.
    """
    prefix = stream.read(PREFIX.size)
    if not prefix:
        return None
    if len(prefix) < PREFIX.size:
        raise BadFrame("the stream ended within a frame")
    header_size, body_size = PREFIX.unpack(prefix)
    _check(header_size)
    header = stream.read(header_size)
    body = stream.read(body_size) if body_size else b""
    if len(header) < header_size or len(body) < body_size:
        raise BadFrame("the stream ended within a frame")
    return header, body


def _check(header_size: int) -> None:
    if not 2 <= header_size <= LONGEST_HEADER:
        raise BadFrame(f"a header of {header_size} bytes")
