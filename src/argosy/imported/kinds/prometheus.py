"""Prometheus: image ``prom/prometheus``. A companion, which scrapes one address from now on."""

from __future__ import annotations

import re

from argosy.imported.service import Service

TITLE = "Prometheus"
BESIDE = (
    "the metrics of the gateway and all models are at one address, which `gateway.metrics` sets"
)


def recognises(service: Service) -> bool:
    """By its image."""
    return bool(re.search(r"(^|/)prometheus$", service.image_name))
