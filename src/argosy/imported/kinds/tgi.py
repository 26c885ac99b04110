"""Hugging Face's servers TGI and TEI: images ``huggingface/text-…-inference``.

No engine of Argosy's; a companion, carried as it stands.
"""

from __future__ import annotations

import re

from argosy.imported.service import Service

TITLE = "TGI"
BESIDE = (
    "TGI is no engine of Argosy's: it stays a companion, which the gateway does "
    "not lead to, limit, measure or ask for keys; "
    "the same weights run by the engine vllm"
)


def recognises(service: Service) -> bool:
    """By its image."""
    return bool(re.search(r"text-(generation|embeddings)-inference$", service.image_name))
