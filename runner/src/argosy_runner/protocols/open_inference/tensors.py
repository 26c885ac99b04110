"""The tensors of requests and answers, in the three forms that the protocol has. No I/O here.

JSON lists, flat or nested; raw bytes, little-endian, row-major; and Python's own values. Elements
of BYTES have a length before them in raw bytes (unsigned, 32 bits), and are texts in JSON.

https://github.com/kserve/open-inference-protocol, and Triton's binary tensor data extension.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
import struct
from collections.abc import Sequence
from typing import Any

import msgspec

from argosy_runner.problems import NOT_JSON, Problem
from argosy_runner.signatures import misfit
from argosy_runner.signatures.elements import SIZES, pack, unpack
from argosy_runner.signatures.tensors import scalar_type

DATATYPES = {
    "BOOL": "bool", "INT8": "int8", "INT16": "int16", "INT32": "int32", "INT64": "int64",
    "UINT8": "uint8", "UINT16": "uint16", "UINT32": "uint32", "UINT64": "uint64",
    "FP16": "float16", "BF16": "bfloat16", "FP32": "float32", "FP64": "float64", "BYTES": "string",
}  # fmt: skip
NAMES = {kind: name for name, kind in DATATYPES.items()}

MOST_DIMENSIONS = 32
MOST_EMPTY = 10_000
"""Lists without elements cost no bytes: nothing else would bound their number."""
LARGEST = 2**31

LENGTH = struct.Struct("<I")
NESTED = re.compile(rb"\s*\[\s*\[")
encode = msgspec.json.Encoder().encode


class Tensor:
    """One named tensor. ``raw`` or ``values``, flat, is what it was made of."""

    __slots__ = ("_raw", "_values", "count", "datatype", "name", "shape")

    def __init__(
        self,
        name: str,
        datatype: str,
        shape: Sequence[int],
        *,
        raw: bytes | memoryview | None = None,
        values: list[Any] | None = None,
    ) -> None:
        self.name = name
        self.datatype = datatype
        self.shape = shape
        self.count = math.prod(shape)
        self._raw = raw
        self._values = values

    @property
    def raw(self) -> bytes | memoryview:
        """All elements as bytes. Raises `Problem` 400 for a number that the type cannot hold."""
        if self._raw is None:
            assert self._values is not None
            if self.datatype == "BYTES":
                self._raw = join(self._values)
            else:
                try:
                    self._raw = pack(DATATYPES[self.datatype], self._values)
                except (OverflowError, struct.error) as error:
                    raise wrong(self.name, f"no {self.datatype}: {error}") from None
        return self._raw

    @property
    def values(self) -> list[Any]:
        """All elements, flat: `bytes` of BYTES. Raises `Problem` 400 for lengths that lie."""
        if self._values is None:
            assert self._raw is not None
            if self.datatype == "BYTES":
                self._values = split(self.name, self._raw, self.count)
            else:
                self._values = unpack(DATATYPES[self.datatype], self._raw)
        return self._values

    def texts(self) -> list[str]:
        """The elements of BYTES. Raises `Problem` 400 for what is no UTF-8."""
        try:
            return [value.decode() for value in self.values]
        except UnicodeDecodeError:
            raise wrong(self.name, "not UTF-8") from None

    def json(self) -> bytes:
        """All elements as a flat JSON list. Raises `Problem` 500 for what JSON lacks."""
        if self.datatype == "BYTES":
            try:
                return encode([value.decode() for value in self.values])
            except UnicodeDecodeError:
                text = f"output {self.name!r} is not UTF-8, which JSON cannot carry: {BINARY}"
                raise Problem(500, text) from None
        found = encode(self.values)
        if b"null" in found:  # msgspec's word for the numbers that JSON lacks
            text = f"output {self.name!r} holds NaN or infinity, which JSON cannot carry: {BINARY}"
            raise Problem(500, text)
        return found


BINARY = "ask for binary_data"


def wrong(name: str, what: str) -> Problem:
    """400 for one input."""
    return Problem(400, f"input {name!r}: {what}")


def check(name: str, datatype: str, shape: Sequence[int]) -> None:
    """Raises `Problem` 400 for what is no tensor of this protocol."""
    if datatype not in DATATYPES:
        known = ", ".join(DATATYPES)
        raise wrong(name, f"datatype is one of {known}, not {datatype!r}")
    if len(shape) > MOST_DIMENSIONS:
        raise wrong(name, f"{len(shape)} dimensions, where {MOST_DIMENSIONS} are the most")
    if any(size < 0 for size in shape):
        raise wrong(name, f"a negative size in shape {list(shape)}")
    if 0 in shape:
        before = math.prod(itertools.takewhile(bool, shape))
        if before > MOST_EMPTY or math.prod(filter(None, shape)) > LARGEST:
            raise wrong(name, f"shape {list(shape)} is too large for a tensor without elements")


def from_raw(name: str, datatype: str, shape: Sequence[int], raw: bytes | memoryview) -> Tensor:
    """Raises `Problem` 400 where the bytes do not make such a tensor."""
    check(name, datatype, shape)
    tensor = Tensor(name, datatype, shape, raw=raw)
    size = SIZES.get(DATATYPES[datatype])
    if size is None:
        tensor.values  # noqa: B018  its lengths are checked
    elif len(raw) != tensor.count * size:
        text = f"{datatype} of shape {list(shape)} takes {tensor.count * size} bytes"
        raise wrong(name, f"{text}, not {len(raw)}")
    elif datatype == "BOOL" and bytes(raw).translate(None, b"\0\1"):
        raise wrong(name, "a byte of BOOL is 0 or 1")
    return tensor


def from_values(name: str, datatype: str, shape: Sequence[int], values: list[Any]) -> Tensor:
    """Of elements that have the type's Python type. Raises `Problem` 400."""
    check(name, datatype, shape)
    tensor = Tensor(name, datatype, shape, values=values)
    if len(values) != tensor.count:
        raise wrong(name, f"shape {list(shape)} has {tensor.count} elements, not {len(values)}")
    return tensor


def from_json(name: str, datatype: str, shape: Sequence[int], text: bytes) -> Tensor:
    """Of JSON, flat or nested as the shape is. Raises `Problem` 400."""
    check(name, datatype, shape)
    depth = len(shape) if NESTED.match(text) else 1
    try:
        if not shape and not text.lstrip().startswith(b"["):
            values = [decoder(datatype, 0).decode(text)]
        else:
            values = decoder(datatype, max(depth, 1)).decode(text)
    except msgspec.ValidationError as error:
        raise Problem(400, f"input {name!r}, {misfit(error, 'data')}") from None
    except NOT_JSON as error:
        raise wrong(name, f"data: {error}") from None
    if depth > 1:
        values = _flat(name, values, shape)
    if datatype == "BYTES":
        values = [value.encode() for value in values]
    return from_values(name, datatype, shape, values)


def split(name: str, raw: bytes | memoryview, count: int) -> list[bytes]:
    """The elements of BYTES. Raises `Problem` 400 where the lengths do not add up."""
    found: list[bytes] = []
    data, start, end = bytes(raw), 0, len(raw)
    while start < end:
        if start + LENGTH.size > end:
            raise wrong(name, "BYTES end within the length of an element")
        (size,) = LENGTH.unpack_from(data, start)
        start += LENGTH.size
        if start + size > end:
            raise wrong(name, f"element {len(found)} has {size} bytes, and {end - start} are left")
        found.append(data[start : start + size])
        start += size
    if len(found) != count:
        raise wrong(name, f"the shape has {count} elements, the bytes have {len(found)}")
    return found


def join(elements: list[bytes]) -> bytes:
    """Each with its length before it."""
    parts: list[bytes] = []
    for element in elements:
        parts += (LENGTH.pack(len(element)), element)
    return b"".join(parts)


@functools.cache
def decoder(datatype: str, depth: int) -> msgspec.json.Decoder[Any]:
    """Of lists so many levels deep."""
    kind: Any = scalar_type(DATATYPES[datatype])
    for _ in range(depth):
        kind = list[kind]
    return msgspec.json.Decoder(kind)


def _flat(name: str, values: list[Any], shape: Sequence[int]) -> list[Any]:
    """The elements of lists that are nested as the shape says. Raises `Problem` 400."""
    level: list[Any] = [values]
    for size in shape:
        lengths = {len(each) for each in level}
        if lengths - {size}:
            text = f"data has lists of {', '.join(map(str, sorted(lengths)))}"
            raise wrong(name, f"{text} where shape {list(shape)} has {size}")
        level = list(itertools.chain.from_iterable(level))
    return level
