"""NVIDIA's Triton Inference Server: image ``nvidia/tritonserver``.

No engine of Argosy's; a companion, carried as it stands.
"""

from __future__ import annotations

import re

from argosy.imported.service import Service

TITLE = "Triton"
BESIDE = (
    "Triton is no engine of Argosy's: it stays a companion, which the gateway does "
    "not lead to, limit, measure or ask for keys; "
    "its ONNX and TorchScript models run by the engines onnx and torch, asked as before"
)


def recognises(service: Service) -> bool:
    """By its image."""
    return bool(re.search(r"tritonserver", service.image_name))
