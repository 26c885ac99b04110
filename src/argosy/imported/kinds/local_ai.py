"""LocalAI: image ``localai/localai``.

No engine of Argosy's; a companion, carried as it stands.
"""

from __future__ import annotations

import re

from argosy.imported.service import Service

TITLE = "LocalAI"
BESIDE = (
    "LocalAI is no engine of Argosy's: it stays a companion, which the gateway does "
    "not lead to, limit, measure or ask for keys; "
    "a .gguf file of it runs by the engine llama-cpp"
)


def recognises(service: Service) -> bool:
    """By its image."""
    return bool(re.search(r"(^|/)local-?ai(-\w+)?$", service.image_name))
