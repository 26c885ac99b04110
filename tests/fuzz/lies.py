"""Tensors that were right once: what every part tells of the Open Inference Protocol."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass, field, replace
from typing import Any

from argosy_runner.protocols.open_inference.tensors import DATATYPES, join
from argosy_runner.signatures.elements import SIZES
from tests.runner.replicas import Replica

SIZES_THAT_LIE: list[Any] = [
    -1, -(2**63), -(2**70), 0, 1, 7, 2**31, 2**32 + 1, 2**62, 2**63 - 1, 2**63, 2**64, 10**30,
    1.5, 1e300, True, None, "1", [], "9" * 5000,
]  # fmt: skip
TEXTS_THAT_LIE = ["", "x" * 20_000, "é" * 3000, "\0", "'\"\\\n", "../m", "%s{0}", "input", "output"]
DATATYPES_THAT_LIE = ["FP8", "fp32", "", "BYTES ", "string", "FP32\0"]


@dataclass(frozen=True)
class Told:
    """One input of a request. ``raw`` are its bytes, as many as ``size`` says."""

    name: str
    datatype: str
    shape: list[Any]
    raw: bytes
    size: Any = None
    more: dict[str, Any] = field(default_factory=dict)


def inputs_of(replica: Replica) -> list[tuple[str, str, list[int]]]:
    """The names, datatypes and shapes that its model takes."""
    told = replica.client.get("/v2/models/m").json()["inputs"]
    return [(each["name"], each["datatype"], each["shape"]) for each in told]


def right(chance: random.Random, wanted: list[tuple[str, str, list[int]]]) -> list[Told]:
    """A request that fits, of random bytes."""
    rows, found = chance.randrange(1, 4), []
    for name, datatype, sizes in wanted:
        shape = [rows, *(chance.randrange(4) if size < 0 else size for size in sizes[1:])]
        found.append(Told(name, datatype, shape, raw(chance, datatype, shape)))
    return found


def raw(chance: random.Random, datatype: str, shape: list[int]) -> bytes:
    """The bytes of a tensor: any numbers, NaN and infinity too."""
    count = 1
    for size in shape:
        count *= size
    if datatype == "BYTES":
        return join([text(chance) for _ in range(count)])
    if datatype == "BOOL":
        return bytes(chance.randrange(2) for _ in range(count))
    return chance.randbytes(count * SIZES[DATATYPES[datatype]])


def text(chance: random.Random) -> bytes:
    """One that may be read as JSON too, mostly; some are no UTF-8."""
    if chance.random() < 0.9:
        return chance.choice([b'{"a": 1}', b"{}", '{"a": "é"}'.encode(), b"null"])
    return chance.choice([b"", b"a", b"\xff\xfe", b"\0", b'{"a": 1e999}', b"[" * 2000])


def lie(chance: random.Random, inputs: list[Told]) -> list[Told]:
    """The same with one thing wrong; what lies may be the truth by chance."""
    if not inputs:
        return inputs
    found = list(inputs)
    at = chance.randrange(len(found))
    one = found[at]
    what = chance.randrange(10)
    if what == 0:
        found[at] = replace(one, datatype=chance.choice([*DATATYPES, *DATATYPES_THAT_LIE]))
    elif what == 1:
        found[at] = replace(one, name=chance.choice([*TEXTS_THAT_LIE, found[0].name]))
    elif what == 2:
        found[at] = replace(one, shape=wrong_shape(chance, one.shape))
    elif what in {3, 4}:
        found[at] = replace(one, raw=wrong_bytes(chance, one.raw))
    elif what == 5:
        lies = [*SIZES_THAT_LIE, len(one.raw) + 1, len(one.raw) - 1]
        found[at] = replace(one, size=chance.choice(lies))
    elif what == 6:
        del found[at]
    elif what == 7:
        found.append(one)
    elif what == 8:
        datatype = chance.choice(list(DATATYPES))
        shape = [chance.randrange(4), 2]
        found[at] = Told(one.name, datatype, shape, raw(chance, datatype, shape))
    else:
        key = chance.choice(["shared_memory_region", "classification", "binary_data", "", "x"])
        found[at] = replace(one, more={key: chance.choice([True, -1, 1e300, "", 2**63])})
    return found


def wrong_shape(chance: random.Random, shape: list[Any]) -> list[Any]:
    """Of other sizes, or of many."""
    found = list(shape)
    what = chance.randrange(4)
    if what == 0 and found:
        found[chance.randrange(len(found))] = chance.choice(SIZES_THAT_LIE)
    elif what == 1:
        found.insert(0, chance.choice(SIZES_THAT_LIE))
    elif what == 2:
        found = [chance.choice([0, 1, 2, 2**31])] * chance.choice([0, 3, 33, 2000])
    else:
        found = [*found[1:], 0]
    return found


def wrong_bytes(chance: random.Random, data: bytes) -> bytes:
    """Cut, longer, changed, or with a length before an element that is not its own."""
    what = chance.randrange(4)
    if what == 0:
        return data[: chance.randrange(len(data) + 1)]
    if what == 1:
        return data + chance.randbytes(chance.randrange(1, 20))
    changed = bytearray(data or b"\0")
    if what == 2:
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    else:
        lengths = [2**32 - 1, 2**31, len(data), len(data) - 4, 0, 1]
        changed[:4] = struct.pack("<I", max(chance.choice(lengths), 0))
    return bytes(changed)
