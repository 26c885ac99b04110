"""The elements of tensors: one type's numbers to little-endian bytes and back. No I/O here.

No numpy: `array`, `struct` and `memoryview` are enough.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable
from typing import Any

# Of `struct` and `array`. bfloat16 is the upper half of a float32; a string has no fixed size.
FORMATS = {
    "float16": "e", "float32": "f", "float64": "d", "bool": "?", "int8": "b", "int16": "h",
    "int32": "i", "int64": "q", "uint8": "B", "uint16": "H", "uint32": "I", "uint64": "Q",
}  # fmt: skip

# The largest finite number of a type: what is larger would become infinity.
FLOATS = {"float16": 65504.0, "bfloat16": 3.3895313892515355e38, "float32": 3.4028234663852886e38}

SIZES = {kind: struct.calcsize(f"={code}") for kind, code in FORMATS.items()} | {"bfloat16": 2}


def pack(kind: str, values: Iterable[float]) -> bytes:
    """Raises `OverflowError` or `struct.error` for an integer that the type cannot hold."""
    items = values if isinstance(values, list) else list(values)
    if kind == "bfloat16":
        return _upper_halves(items)
    code = FORMATS[kind]
    if code in "e?":
        return struct.pack(f"={len(items)}{code}", *items)
    return array(code, items).tobytes()


def unpack(kind: str, data: bytes | memoryview) -> list[Any]:
    """What the bytes say; there are as many as whole elements take."""
    if kind == "bfloat16":
        halves = memoryview(data).cast("B").cast("H")
        return memoryview(array("I", [half << 16 for half in halves])).cast("B").cast("f").tolist()
    code = FORMATS[kind]
    if code == "e":
        return list(struct.unpack(f"={len(data) // 2}e", data))
    return list(memoryview(data).cast("B").cast(code))  # type: ignore[call-overload]


def _upper_halves(items: list[float]) -> bytes:
    """Rounded to the nearest, and to the even one of two that are as near."""
    halves = array("H")
    for bits in memoryview(array("f", items)).cast("B").cast("I"):
        if bits & 0x7FFFFFFF > 0x7F800000:  # rounding could make infinity of a NaN
            halves.append(bits >> 16 | 0x40)
        else:
            halves.append(bits + 0x7FFF + (bits >> 16 & 1) >> 16)
    return halves.tobytes()
