"""Texts in, vectors out: embeddings. An answer is the raw bytes of its 32-bit floats."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import msgspec

from argosy_runner.problems import Problem
from argosy_runner.signatures import Header, Payload, cut

encode = msgspec.json.Encoder().encode


class Vectors:
    """The signature of ``embed``."""

    row_type: Any = str
    pads = True

    def pack(self, row: str, where: str) -> Payload:
        """A text. Raises `Problem` 422 for one that is not Unicode."""
        try:
            text = encode(row)
        except UnicodeEncodeError:
            raise Problem(422, f"{where}: a text that is not Unicode") from None
        return Payload((text,), len(text))

    def pack_bytes(self, body: bytes) -> Payload:  # noqa: ARG002  the signature's contract
        """No file is a text."""
        raise Problem(415, "texts are sent as JSON: send content-type application/json")

    def frame(self, payloads: Sequence[Payload]) -> tuple[Header, list[Any]]:
        """All texts, one after the other, each as JSON."""
        header: Header = {"sizes": [payload.size for payload in payloads]}
        return header, [payload.parts[0] for payload in payloads]

    def answers(
        self,
        header: Header,
        body: bytes,
        payloads: Sequence[Payload],  # noqa: ARG002  the signature's contract
    ) -> list[bytes | Problem]:
        """The bytes of each vector."""
        return cut(header, body)

    def json(self, answer: bytes) -> bytes:
        """A list of numbers."""
        return encode(array("f", answer).tolist())
