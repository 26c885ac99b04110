"""A tiny random Llama with a byte-level tokenizer, in the layout of Hugging Face.

Written with the standard library alone. It says nothing sensible, and the same each time.
"""

from __future__ import annotations

import array
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HIDDEN, INNER, LAYERS, HEADS, POSITIONS = 64, 128, 2, 2, 512
SPECIAL = ["<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>"]
CHAT = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% endfor %}<|assistant|>"


def write(folder: Path) -> None:
    """Make the folder."""
    folder.mkdir(parents=True)
    vocabulary = {token: number for number, token in enumerate([*SPECIAL, *alphabet()])}
    for name, content in (
        ("config.json", config(len(vocabulary))),
        ("tokenizer.json", tokenizer(vocabulary)),
        ("tokenizer_config.json", tokenizer_config()),
    ):
        (folder / name).write_text(json.dumps(content))
    (folder / "model.safetensors").write_bytes(safetensors(len(vocabulary)))


def config(vocabulary: int) -> dict[str, Any]:
    """What transformers reads."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": vocabulary,
        "hidden_size": HIDDEN,
        "intermediate_size": INNER,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": HEADS,
        "head_dim": HIDDEN // HEADS,
        "max_position_embeddings": POSITIONS,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "hidden_act": "silu",
        "bos_token_id": 0,
        "eos_token_id": 1,
        "tie_word_embeddings": False,
        "torch_dtype": "float32",
    }


def tokenizer(vocabulary: dict[str, int]) -> dict[str, Any]:
    """A token for each byte, without merges."""
    level = {
        "type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True,
    }  # fmt: skip
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    added = [
        {"id": number, "content": token, "special": True, **flags}
        for number, token in enumerate(SPECIAL)
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": level,
        "post_processor": None,
        "decoder": level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": vocabulary,
            "merges": [],
        },
    }


def tokenizer_config() -> dict[str, Any]:
    """With a chat template, so that /v1/chat/completions works."""
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "pad_token": "</s>",
        "chat_template": CHAT,
    }


def alphabet() -> list[str]:
    """The character that stands for each byte (GPT-2's bytes_to_unicode)."""
    kept = {*range(33, 127), *range(161, 173), *range(174, 256)}
    moved = iter(range(256, 512))
    return [chr(byte) if byte in kept else chr(next(moved)) for byte in range(256)]


def shapes(vocabulary: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The tensors of a Llama."""
    yield "model.embed_tokens.weight", (vocabulary, HIDDEN)
    for number in range(LAYERS):
        layer = f"model.layers.{number}"
        for part in "qkvo":
            yield f"{layer}.self_attn.{part}_proj.weight", (HIDDEN, HIDDEN)
        yield f"{layer}.mlp.gate_proj.weight", (INNER, HIDDEN)
        yield f"{layer}.mlp.up_proj.weight", (INNER, HIDDEN)
        yield f"{layer}.mlp.down_proj.weight", (HIDDEN, INNER)
        yield f"{layer}.input_layernorm.weight", (HIDDEN,)
        yield f"{layer}.post_attention_layernorm.weight", (HIDDEN,)
    yield "model.norm.weight", (HIDDEN,)
    yield "lm_head.weight", (vocabulary, HIDDEN)


def safetensors(vocabulary: int) -> bytes:
    """https://github.com/huggingface/safetensors#format"""
    numbers = random.Random(0)
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    data = bytearray()
    for name, shape in shapes(vocabulary):
        if len(shape) == 1:
            values = array.array("f", [1.0] * shape[0])
        else:
            values = array.array("f", (numbers.gauss(0, 0.1) for _ in range(shape[0] * shape[1])))
        end = len(data) + len(values) * values.itemsize
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), end]}
        data += values.tobytes()
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(data)
