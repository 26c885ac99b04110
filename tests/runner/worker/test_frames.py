from __future__ import annotations

import contextlib
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy_runner.worker import frames

HEADERS = st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.integers()))
BODIES = st.lists(st.binary(max_size=200), max_size=4)
SENT = st.lists(st.tuples(HEADERS, BODIES), min_size=1, max_size=3)


def encoded(header: dict[str, Any], parts: list[bytes]) -> bytes:
    return frames.encode(json.dumps(header).encode(), parts)


@given(st.lists(st.tuples(HEADERS, BODIES), max_size=4), st.integers(1, 50))
def test_what_was_sent_arrives_in_whatever_pieces(
    sent: list[tuple[dict[str, Any], list[bytes]]], piece: int
) -> None:
    stream = b"".join(encoded(header, parts) for header, parts in sent)
    decoder = frames.Decoder()
    found = [
        (frames.parse_header(header), body)
        for start in range(0, len(stream), piece)
        for header, body in decoder.feed(stream[start : start + piece])
    ]
    assert found == [(header, b"".join(parts)) for header, parts in sent]
    assert not decoder.within_frame


@given(HEADERS, BODIES)
def test_a_blocking_reader_reads_the_same(header: dict[str, Any], parts: list[bytes]) -> None:
    stream = io.BytesIO(encoded(header, parts))
    found = frames.read(stream)
    assert found is not None
    assert (frames.parse_header(found[0]), found[1]) == (header, b"".join(parts))
    assert frames.read(stream) is None


@given(HEADERS, BODIES, st.data())
def test_a_truncated_frame_is_never_a_frame(
    header: dict[str, Any], parts: list[bytes], data: st.DataObject
) -> None:
    whole = encoded(header, parts)
    cut = whole[: data.draw(st.integers(1, len(whole) - 1))]
    decoder = frames.Decoder()
    assert not list(decoder.feed(cut))
    assert decoder.within_frame
    with pytest.raises(frames.BadFrame):
        frames.read(io.BytesIO(cut))


@given(SENT, st.binary(max_size=30), st.data())
def test_frames_that_are_whole_are_read_whatever_follows(
    sent: list[tuple[dict[str, Any], list[bytes]]], rest: bytes, data: st.DataObject
) -> None:
    stream = b"".join(encoded(header, parts) for header, parts in sent)
    piece = data.draw(st.integers(1, len(stream) + len(rest)))
    decoder = frames.Decoder()
    found: list[tuple[bytes, bytes]] = []
    with contextlib.suppress(frames.BadFrame):
        for start in range(0, len(stream + rest), piece):
            found += decoder.feed((stream + rest)[start : start + piece])
    whole = [(json.dumps(header).encode(), b"".join(parts)) for header, parts in sent]
    assert found[: len(sent)] == whole


@st.composite
def nearly_frames(draw: st.DrawFn) -> bytes:
    """A stream of frames of which some bytes were changed, the lengths above all."""
    stream = bytearray(b"".join(encoded(*each) for each in draw(SENT)))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, 7) | st.integers(0, len(stream) - 1))
        stream[at] = draw(st.integers(0, 255))
    return bytes(stream)


@given(nearly_frames() | st.binary(max_size=40), st.integers(1, 300))
def test_both_readers_find_the_same_frames_in_anything(stream: bytes, piece: int) -> None:
    decoder, blocking = frames.Decoder(), io.BytesIO(stream)
    decoded: list[tuple[bytes, bytes]] = []
    read: list[tuple[bytes, bytes]] = []
    with contextlib.suppress(frames.BadFrame):
        for start in range(0, len(stream), piece):
            decoded += decoder.feed(stream[start : start + piece])
    with contextlib.suppress(frames.BadFrame):
        while (found := frames.read(blocking)) is not None:
            read.append(found)
    assert decoded == read
    assert sum(frames.PREFIX.size + len(header) + len(body) for header, body in read) <= len(stream)


@given(st.binary(max_size=300))
def test_garbage_is_frames_or_refused_and_nothing_else(garbage: bytes) -> None:
    try:
        for header, _ in frames.Decoder().feed(garbage):
            frames.parse_header(header)
    except frames.BadFrame:
        pass


@pytest.mark.parametrize("text", [b"[]", b"3", b"{", bytes([255, 254])])
def test_a_header_is_a_json_object(text: bytes) -> None:
    with pytest.raises(frames.BadFrame):
        frames.parse_header(text)
