from __future__ import annotations

import gzip
import json
import math
import random
import time
import zlib
from typing import Any

import pytest

from argosy_runner.protocols.open_inference.tensors import DATATYPES
from argosy_runner.signatures.elements import SIZES, unpack
from tests.fuzz import lies
from tests.fuzz.lies import SIZES_THAT_LIE, TEXTS_THAT_LIE, Told
from tests.fuzz.wire import INFER, calm_after, request, send
from tests.runner.replicas import Replica

JSON_LACKS_IT = (b"holds NaN or infinity, which JSON", b"not UTF-8, which JSON")
"""What a model may compute and JSON cannot say is the one 500 that a request can bring about."""
TEXTS_OF_DATA = [
    b"NaN", b"[NaN]", b"[1e999]", b"[-Infinity]", b"null", b"{}", b'"a"', b"[null]", b'["\\ud800"]',
    b'["\xff"]', b"[[[]]]", b"[" + b"9" * 5000 + b"]", b"[-0]", b"[1,]", b"", b"[" * 100_000,
    b"[" * 5000 + b"]" * 5000, b'[{"a": 1}]', b"[18446744073709551616]", b"[1.5]", b"[true, 1]",
]  # fmt: skip


def test_tensors_that_lie_are_refused_in_the_protocols_own_form(
    target: Replica, chance: random.Random, seconds: float
) -> None:
    wanted = lies.inputs_of(target)
    until = time.monotonic() + seconds
    with calm_after(target):
        while time.monotonic() < until:
            inputs = lies.right(chance, wanted)
            for _ in range(chance.choice([0, 1, 1, 1, 2, 3])):
                inputs = lies.lie(chance, inputs)
            data, odd = told(chance, inputs)
            answer = send(target, data, may_wait=odd)
            if not (answered(answer) if answer else odd):
                pytest.fail(f"{data[:4000]!r}\n{answer[:4000]!r}\n{target.log[-3000:]}")


def answered(answer: bytes) -> bool:
    """Whether the answer is one that a request may have."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    if b"application/problem+json" in head:  # a path of another protocol, by chance
        return status in {404, 405}
    if b"application/json" not in head:  # as bytes; or of uvicorn, to what is no HTTP
        return status in {200, 400}
    if status == 200:
        return "outputs" in json.loads(body)
    error: str = json.loads(body)["error"]
    if status == 500:
        return any(each.decode() in error for each in JSON_LACKS_IT)
    return status in {400, 404, 405, 413, 415, 504} and bool(error)


def told(chance: random.Random, inputs: list[Told]) -> tuple[bytes, bool]:
    """The request, and whether it is odd: it may wait for more of itself, or be cut unread."""
    told_inputs: list[dict[str, Any]] = []
    rest, binary = b"", chance.choice([0.0, 0.5, 1.0])
    replaced: dict[bytes, bytes] = {}
    for each in inputs:
        one = {"name": each.name, "datatype": each.datatype, "shape": each.shape}
        parameters = dict(each.more)
        if each.size is not None or chance.random() < binary:
            parameters["binary_data_size"] = len(each.raw) if each.size is None else each.size
            rest += each.raw
        else:
            mark = f"data of {len(told_inputs)}"
            one["data"] = mark
            replaced[json.dumps(mark).encode()] = elements(chance, each)
        told_inputs.append({**one, **({"parameters": parameters} if parameters else {})})
    body = {"inputs": told_inputs, **around(chance)}
    head = json.dumps(body, ensure_ascii=False).encode()
    for quoted, text in replaced.items():
        head = head.replace(quoted, text, 1)
    if chance.random() < 0.1:
        head = lies.wrong_bytes(chance, head)
    headers = [b"inference-header-content-length: %b" % length(chance, len(head))] if rest else []
    content, encoding = compressed(chance, head + rest)
    place = path(chance)
    data = bytearray(request(content, place, *headers, *encoding))
    flips = chance.random() < 0.02
    if flips:
        data[chance.randrange(min(len(data), 300))] = chance.randrange(256)
    return bytes(data), flips or place != INFER


def elements(chance: random.Random, each: Told) -> bytes:
    """Its data as JSON; of random bytes some are numbers that JSON lacks."""
    kind = DATATYPES.get(each.datatype)
    if kind is None or chance.random() < 0.15:
        return chance.choice(TEXTS_OF_DATA)
    if kind == "string" and chance.random() < 0.2:
        return json.dumps(chance.sample(TEXTS_THAT_LIE, chance.randrange(5))).encode()
    if kind == "string":
        texts = [chance.choice(["{}", '{"a": "é"}', "null"]) for _ in range(count(each.shape))]
        return json.dumps(texts, ensure_ascii=chance.random() < 0.5).encode()
    whole = len(each.raw) // SIZES[kind] * SIZES[kind]
    return json.dumps(unpack(kind, each.raw[:whole])).encode()


def count(shape: list[Any]) -> int:
    """Of elements, as far as the shape can say it."""
    whole = all(type(size) is int and 0 <= size < 10 for size in shape)
    return math.prod(shape[:4]) if whole else 3


def around(chance: random.Random) -> dict[str, Any]:
    """What else a body may say."""
    found: dict[str, Any] = {}
    if chance.random() < 0.5:
        found["parameters"] = {"binary_data_output": chance.choice([True, True, False, 1, "x"])}
    if chance.random() < 0.1:
        found["id"] = chance.choice([*TEXTS_THAT_LIE, 3, None])
    if chance.random() < 0.1:
        names = [*TEXTS_THAT_LIE, "FP32_OUT", 3]
        outputs = [{"name": chance.choice(names)} for _ in range(chance.randrange(4))]
        found["outputs"] = chance.choice([outputs, [3], {}, None])
    if chance.random() < 0.05:
        lie = chance.choice(SIZES_THAT_LIE)
        found["parameters"] = {chance.choice(["timeout", "priority", ""]): lie}
    return found


def length(chance: random.Random, right: int) -> bytes:
    """Of the JSON, mostly."""
    if chance.random() < 0.9:
        return b"%d" % right
    lies = [right - 1, right + 1, 0, -1, 2**31, 2**63, 10**30, "9" * 5000, "1_0", " 5", "x", "٣"]
    return str(chance.choice(lies)).encode()


def path(chance: random.Random) -> bytes:
    """The model's, mostly."""
    if chance.random() < 0.95:
        return INFER
    wrong = [b"/v2/models/%ff/infer", b"/v2/models/m/versions/2/infer", b"/v2/models//infer"]
    return chance.choice([*wrong, b"/v2/models/m/versions/1/infer", b"/v2" + b"/x" * 500])


def compressed(chance: random.Random, body: bytes) -> tuple[bytes, list[bytes]]:
    """Sometimes, and then sometimes wrongly."""
    if chance.random() < 0.95:
        return body, []
    packed = chance.choice([gzip.compress(body), zlib.compress(body), body, b""])
    if chance.random() < 0.3:
        packed = lies.wrong_bytes(chance, packed)
    return packed, [b"content-encoding: " + chance.choice([b"gzip", b"deflate", b"br", b"\xff"])]
