"""A tiny random Llama in one GGUF file, with a token for each byte.

Written with the standard library alone, after
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. It says nothing sensible.
"""

from __future__ import annotations

import array
import random
import struct
from collections.abc import Sequence
from pathlib import Path

HIDDEN, INNER, LAYERS, HEADS, POSITIONS = 64, 128, 2, 2, 512
ALIGNMENT = 32
UINT32, FLOAT32, STRING, ARRAY = 4, 6, 8, 9
UNKNOWN, CONTROL, BYTE = 2, 3, 6
CHAT = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant: "
TOKENS = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
TYPES = [UNKNOWN, CONTROL, CONTROL, *(BYTE for _ in range(256))]


def write(file: Path) -> None:
    """Make the file."""
    keys = b"".join(
        [
            text("general.architecture", "llama"),
            text("general.name", "tiny"),
            number("llama.context_length", POSITIONS),
            number("llama.embedding_length", HIDDEN),
            number("llama.block_count", LAYERS),
            number("llama.feed_forward_length", INNER),
            number("llama.attention.head_count", HEADS),
            number("llama.attention.head_count_kv", HEADS),
            number("llama.rope.dimension_count", HIDDEN // HEADS),
            number("llama.vocab_size", len(TOKENS)),
            key("llama.attention.layer_norm_rms_epsilon", FLOAT32, struct.pack("<f", 1e-5)),
            text("tokenizer.ggml.model", "llama"),
            several("tokenizer.ggml.tokens", STRING, [string(token) for token in TOKENS]),
            several("tokenizer.ggml.scores", FLOAT32, [struct.pack("<f", 0.0) for _ in TOKENS]),
            several("tokenizer.ggml.token_type", 5, [struct.pack("<i", kind) for kind in TYPES]),
            number("tokenizer.ggml.unknown_token_id", 0),
            number("tokenizer.ggml.bos_token_id", 1),
            number("tokenizer.ggml.eos_token_id", 2),
            text("tokenizer.chat_template", CHAT),
        ]
    )
    infos, data = tensors()
    head = b"GGUF" + struct.pack("<IQQ", 3, len(infos), 19)
    whole = head + keys + b"".join(infos)
    file.write_bytes(whole + bytes(-len(whole) % ALIGNMENT) + data)


def tensors() -> tuple[list[bytes], bytes]:
    """What describes them, and their data."""
    numbers = random.Random(0)
    infos, data = [], bytearray()
    for name, shape in shapes().items():
        if len(shape) == 1:
            values = array.array("f", [1.0] * shape[0])
        else:
            values = array.array("f", (numbers.gauss(0, 0.1) for _ in range(shape[0] * shape[1])))
        sizes = b"".join(struct.pack("<Q", size) for size in shape)
        place = struct.pack("<IQ", 0, len(data))  # 0 is F32
        infos.append(string(name) + struct.pack("<I", len(shape)) + sizes + place)
        data += values.tobytes() + bytes(-len(values) * 4 % ALIGNMENT)
    return infos, bytes(data)


def shapes() -> dict[str, tuple[int, ...]]:
    """The tensors of a Llama; what goes in is the first size."""
    found: dict[str, tuple[int, ...]] = {"token_embd.weight": (HIDDEN, len(TOKENS))}
    for layer in range(LAYERS):
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            found[f"blk.{layer}.{part}.weight"] = (HIDDEN, HIDDEN)
        found[f"blk.{layer}.ffn_gate.weight"] = (HIDDEN, INNER)
        found[f"blk.{layer}.ffn_up.weight"] = (HIDDEN, INNER)
        found[f"blk.{layer}.ffn_down.weight"] = (INNER, HIDDEN)
        found[f"blk.{layer}.attn_norm.weight"] = (HIDDEN,)
        found[f"blk.{layer}.ffn_norm.weight"] = (HIDDEN,)
    return found | {"output_norm.weight": (HIDDEN,), "output.weight": (HIDDEN, len(TOKENS))}


def string(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def key(name: str, kind: int, value: bytes) -> bytes:
    return string(name) + struct.pack("<I", kind) + value


def text(name: str, value: str) -> bytes:
    return key(name, STRING, string(value))


def number(name: str, value: int) -> bytes:
    return key(name, UINT32, struct.pack("<I", value))


def several(name: str, kind: int, values: Sequence[bytes]) -> bytes:
    return key(name, ARRAY, struct.pack("<IQ", kind, len(values)) + b"".join(values))
