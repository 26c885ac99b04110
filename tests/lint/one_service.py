"""Compose files of one service, of which tests write only what they are about."""

from __future__ import annotations

import textwrap

VLLM = "vllm/vllm-openai:v0.11.0"


def vllm(lines: str = "", image: str = VLLM) -> str:
    """The service ``llm`` with these lines below its image, which is in line 3."""
    below = textwrap.indent(textwrap.dedent(lines).strip("\n"), "    ")
    return f"services:\n  llm:\n    image: {image}\n{below}\n"
